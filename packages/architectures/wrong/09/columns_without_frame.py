"""The slices are taken from the picture without its padding."""
# cell: im2col
# says: padding=1|could not broadcast
# replace:
        columns[:, :, u, v] = under(frame, u, v, window, places)
# by:
        columns[:, :, u, v] = under(x, u, v, window, places)
