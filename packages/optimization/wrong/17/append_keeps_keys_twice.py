"""The keys are kept in the place of the values."""
# cell: cache
# says: the values
# replace:
            kept[:, :, self.length : end] = new.data
# by:
            kept[:, :, self.length : end] = k.data
