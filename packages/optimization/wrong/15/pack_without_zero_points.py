"""The zero point is not used."""
# cell: pack
# says: pack\(\[\[-1, 0\.5\]
# replace:
    values = quantize(x, along_rows(scale, x.ndim), along_rows(zero_point, x.ndim))
# by:
    values = quantize(x, along_rows(scale, x.ndim), 0)
