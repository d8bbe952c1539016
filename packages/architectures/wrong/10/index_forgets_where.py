"""Where the new pairs are is not noted: they are never merged."""
# cell: pair-index
# says: merges of a PairIndex
# replace:
                self.where[added].add(w)

# by:

