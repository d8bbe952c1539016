"""Sorts the rows before it gathers them: the order of the epoch is lost."""
# cell: dataset
# says: in the order asked for
# replace:
        return tuple(as_tensor(a[rows]) for a in self.arrays)
# by:
        return tuple(as_tensor(a[np.sort(rows)]) for a in self.arrays)
