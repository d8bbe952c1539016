"""Hands the rows on without its indices, when asked for many at once."""
# cell: split
# says: rows 2 and 0, at once
# replace:
        return gather(self.dataset, self.indices[rows])
# by:
        return gather(self.dataset, rows)
