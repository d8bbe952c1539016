"""Computes the clipped gradients in new arrays that nobody sees."""
# cell: clip
# says: one factor for all parameters
# replace:
                g *= factor
# by:
                g = g * factor
