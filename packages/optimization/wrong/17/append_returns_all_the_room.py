"""The whole room is returned, free places included."""
# cell: cache
# says: cache\.append\(0, k, v\), 3 places in an empty cache.*shape
# replace:
        return wrap(self.array[0, layer, :, :, :end]), wrap(self.array[1, layer, :, :, :end])
# by:
        return wrap(self.array[0, layer]), wrap(self.array[1, layer])
