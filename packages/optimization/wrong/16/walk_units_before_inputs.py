"""The layer's own units are taken for those of the layer before."""
# cell: shrink
# says: no multiple
# replace:
            inputs = inputs_that_stay(layer, keep)
            keep = strongest(layer.weight.data, amount if i < last else 0)
# by:
            keep = strongest(layer.weight.data, amount if i < last else 0)
            inputs = inputs_that_stay(layer, keep)
