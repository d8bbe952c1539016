"""The weight has the input channels first."""
# cell: conv2d
# says: wanted.*\(32, 3, 3, 3\)|32.*channels
# replace:
        shape = (out_channels, in_channels // groups, *self.kernel_size)
        bound = 1 / math.sqrt(math.prod(shape[1:]))
# by:
        shape = (in_channels // groups, out_channels, *self.kernel_size)
        bound = 1 / math.sqrt(in_channels // groups * math.prod(self.kernel_size))
