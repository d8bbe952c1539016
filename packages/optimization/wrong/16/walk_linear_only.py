"""Convolutions are passed over."""
# cell: shrink
# says: structured_prune\(cnn
# replace:
        if isinstance(layer, (Linear, Conv2d)):
            inputs
# by:
        if isinstance(layer, Linear):
            inputs
