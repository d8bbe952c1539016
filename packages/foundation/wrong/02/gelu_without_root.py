"""The error function without the square root of 2."""
# cell: gelu
# says: GELU\(\)\(x\), x = \[-2.*wanted
# replace:
    return 0.5 * (1 + erf(b / math.sqrt(2)))
# by:
    return 0.5 * (1 + erf(b))
