"""What stays is not carried along to the next layer."""
# cell: shrink
# says: all classes stay
# replace:
            keep = strongest(layer.weight.data, amount if i < last else 0)
            layer = smaller_layer(layer, inputs, keep)
# by:
            units = strongest(layer.weight.data, amount if i < last else 0)
            layer = smaller_layer(layer, inputs, units)
