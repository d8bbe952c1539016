"""Stride, padding and the rest are not handed over."""
# cell: conv2d
# says: padding
# replace:
            return apply("conv2d", x, self.weight, **options)
        return apply("conv2d", x, self.weight, self.bias, **options)
# by:
            return apply("conv2d", x, self.weight)
        return apply("conv2d", x, self.weight, self.bias)
