"""Does not copy, so the caller's array and the tensor's are the same."""
# cell: tensor
# says: after source
# replace:
        self.data = as_array(data).astype(np.float32, copy=False)
# by:
        self.data = np.asarray(data.data if isinstance(data, Tensor) else data, np.float32)
