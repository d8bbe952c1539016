"""The first layer keeps its units."""
# cell: shrink
# says: all classes stay
# replace:
            keep = strongest(layer.weight.data, amount if i < last else 0)
# by:
            keep = strongest(layer.weight.data, amount if 0 < i < last else 0)
