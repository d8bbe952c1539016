"""All blocks are judged as if each were a process."""
# cell: compare
# says: a takes 0.8|verdicts on identical code|its interval
# replace:
    low, high = bootstrap_interval(a.medians, b.medians)
# by:
    a_blocks, b_blocks = (np.concatenate(each.seconds) for each in (a, b))
    low, high = bootstrap_interval(a_blocks, b_blocks)
