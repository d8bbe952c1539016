"""The square is written over."""
# cell: gelu
# says: square afterwards|gelu
# replace:
    np.multiply(square, given.SHARE[0], out=out)
# by:
    np.multiply(square, given.SHARE[0], out=out)
    square *= 1.5
