"""The bound looks at the channels and not at all that a filter sees."""
# cell: conv2d
# says: lies in -0.1 \.\.\. 0.1
# replace:
        bound = 1 / math.sqrt(math.prod(shape[1:]))
# by:
        bound = 1 / math.sqrt(shape[1])
