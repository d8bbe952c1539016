"""The counts and hashes that follow from others are not looked at."""
# cell: problems
# says: wrong count
# replace:
    if not problems:
        problems = mismatches(implied(values))
    if problems:
        return problems
    recomputed
# by:
    if problems:
        return problems
    recomputed
