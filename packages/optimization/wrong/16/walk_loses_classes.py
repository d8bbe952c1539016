"""The last layer is pruned like the others, and classes are gone."""
# cell: shrink
# says: all classes stay
# replace:
            keep = strongest(layer.weight.data, amount if i < last else 0)
# by:
            keep = strongest(layer.weight.data, amount)
