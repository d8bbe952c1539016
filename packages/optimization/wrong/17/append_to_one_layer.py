"""All layers share the rows of the first."""
# cell: cache
# says: after cache\.append\(1
# replace:
        for kept, new in zip(self.array[:, layer], (k, v), strict=True):
# by:
        layer = 0
        for kept, new in zip(self.array[:, layer], (k, v), strict=True):
