"""Fetches the rows of a batch one by one and stacks them: nothing is gained."""
# cell: dataset
# says: indexes each array once
# replace:
        return tuple(as_tensor(a[rows]) for a in self.arrays)
# by:
        return tuple(as_tensor(np.stack([a[i] for i in rows])) for a in self.arrays)
