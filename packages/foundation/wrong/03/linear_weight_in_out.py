"""The weight has shape (in, out)."""
# cell: linear-layer
# says: difference|ValueError|shape
# replace:
        self.weight = uniform_(Parameter(zeros(out_features, in_features)), -bound, bound)
# by:
        self.weight = uniform_(Parameter(zeros(in_features, out_features)), -bound, bound)
