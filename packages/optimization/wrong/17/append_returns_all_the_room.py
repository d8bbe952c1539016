"""The whole room is returned, free places included."""
# cell: cache
# says: cache\.append.*shape \(2, 2, 7, 4\)
# replace:
        return wrap(self.array[0, layer, :, :, :end]), wrap(self.array[1, layer, :, :, :end])
# by:
        return wrap(self.array[0, layer]), wrap(self.array[1, layer])
