"""bias=False still makes a bias."""
# cell: linear-layer
# says: bias=False
# replace:
        self.bias = uniform_(Parameter(zeros(out_features)), -bound, bound) if bias else None
# by:
        self.bias = uniform_(Parameter(zeros(out_features)), -bound, bound)
