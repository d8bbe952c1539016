"""Keeps the type that NumPy chose."""
# cell: tensor
# says: where float32 belongs
# replace:
        self.data = array if array.dtype == bool else array.astype(np.float32, copy=False)
# by:
        self.data = as_array(data)
