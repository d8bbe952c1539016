"""The rows are taken from .data, past the door."""
# cell: embedding
# says: weight\.grad after|None
# replace:
        return apply("embedding", self.weight, ids=ids)
# by:
        return Tensor(self.weight.data[ids])
