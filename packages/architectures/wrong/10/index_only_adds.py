"""The pairs that are gone are not subtracted."""
# cell: pair-index
# says: counts after PairIndex
# replace:
            for gone in pairwise(before):
                change[gone] -= n

# by:

