"""Does not copy, so the caller's array and the tensor's are the same."""
# cell: tensor
# says: after source
# replace:
        self.data = array if array.dtype == bool else array.astype(np.float32, copy=False)
# by:
        given = np.asarray(data.data if isinstance(data, Tensor) else data)
        self.data = given if given.dtype == bool else np.asarray(given, np.float32)
