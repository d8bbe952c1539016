"""The keys are kept in the place of the values."""
# cell: cache
# says: cache\.append\(0, k, v\), 3 places
# replace:
            kept[:, :, self.length : end] = new.data
# by:
            kept[:, :, self.length : end] = k.data
