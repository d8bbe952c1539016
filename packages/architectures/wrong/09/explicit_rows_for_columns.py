"""Rows and columns of the picture are exchanged."""
# cell: explicit
# says: conv2d_explicit\(picture, filter\)|IndexError
# replace:
input[b, c_in, h + kh, w + kw]
# by:
input[b, c_in, w + kw, h + kh]
