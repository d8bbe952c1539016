"""The bias is there whether it is wanted or not."""
# cell: conv2d
# says: bias=False
# replace:
        self.bias = uniform_(Parameter(zeros(out_channels)), -bound, bound) if bias else None
# by:
        self.bias = uniform_(Parameter(zeros(out_channels)), -bound, bound)
