"""The kept keys and values are copied for each token."""
# cell: cache
# says: are a view of cache\.array
# replace:
        return wrap(self.array[0, layer, :, :, :end]), wrap(self.array[1, layer, :, :, :end])
# by:
        return wrap(self.array[0, layer, :, :, :end].copy()), wrap(self.array[1, layer, :, :, :end].copy())
