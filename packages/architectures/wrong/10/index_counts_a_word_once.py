"""Counts change by 1, however often the word occurs."""
# cell: pair-index
# says: counts after PairIndex
# replace:
                change[gone] -= n
# by:
                change[gone] -= 1
# replace:
                change[added] += n
# by:
                change[added] += 1
