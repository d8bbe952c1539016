"""Makes numbers of truth values, so that a mask is no mask any more."""
# cell: tensor
# says: truth values stay[^$]*bool
# replace:
        self.data = array if array.dtype == bool else array.astype(np.float32, copy=False)
# by:
        self.data = array.astype(np.float32, copy=False)
