"""The pairs are counted before the loop, and never again."""
# cell: learn-explicit
# says: did not come to an end|none is left after two|learn_explicit\(.*steps
# replace:
        counts = count_pairs(words)

# by:
        counts = counts if merges else count_pairs(words)

