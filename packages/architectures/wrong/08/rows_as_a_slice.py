"""Takes the rows between the first and the last."""
# cell: dataset
# says: __getitems__
# replace:
        return tuple(as_tensor(a[rows]) for a in self.arrays)
# by:
        return tuple(as_tensor(a[rows[0] : rows[-1] + 1]) for a in self.arrays)
