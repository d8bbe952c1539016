"""Pooling is charged with a window for each number of its input."""
# cell: flops-of
# says: max_pool2d
# replace:
        return result.size * math.prod
# by:
        return arrays[0].size * math.prod
