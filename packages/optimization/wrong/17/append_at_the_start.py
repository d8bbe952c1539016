"""New rows are written over those of the first places."""
# cell: cache
# says: cache\.append\(2, k, v\), the place 3
# replace:
            kept[:, :, self.length : end] = new.data
# by:
            kept[:, :, : k.shape[2]] = new.data
