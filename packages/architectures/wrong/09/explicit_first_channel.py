"""Only the first channel is looked at."""
# cell: explicit
# says: x \(2, 3, 4, 5\), w \(4, 3, 2, 3\)
# replace:
input[b, c_in, h + kh, w + kw] * weight[c_out, c_in, kh, kw]
# by:
input[b, 0, h + kh, w + kw] * weight[c_out, 0, kh, kw]
