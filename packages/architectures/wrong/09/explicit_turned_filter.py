"""The filter is turned round, as the mathematicians' convolution does."""
# cell: explicit
# says: filter \[\[1, 0\], \[0, -10\]\]
# replace:
weight[c_out, c_in, kh, kw]
# by:
weight[c_out, c_in, K_h - 1 - kh, K_w - 1 - kw]
