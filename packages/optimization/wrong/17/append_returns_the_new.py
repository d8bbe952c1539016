"""Only the new keys and values are returned, so that nobody looks back."""
# cell: cache
# says: cache\.append\(2, k, v\), the place 3
# replace:
        return wrap(self.array[0, layer, :, :, :end]), wrap(self.array[1, layer, :, :, :end])
# by:
        return k, v
