"""Each layer moves the length on, so that the next one writes elsewhere."""
# cell: cache
# says: cache\.length before advance
# replace:
        return wrap(self.array[0, layer, :, :, :end]), wrap(self.array[1, layer, :, :, :end])
# by:
        self.length = end
        return wrap(self.array[0, layer, :, :, :end]), wrap(self.array[1, layer, :, :, :end])
