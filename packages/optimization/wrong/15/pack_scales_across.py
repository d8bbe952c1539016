"""Scales of rows are broadcast along the last dimension."""
# cell: pack
# says: could not be broadcast|pack
# replace:
    values = quantize(x, along_rows(scale, x.ndim), along_rows(zero_point, x.ndim))
# by:
    values = quantize(x, scale, zero_point)
