"""The error function without the square root of 2."""
# cell: gelu
# says: GELU\(\)\(x\), x = \[-2.*wanted
# replace:
        below = 0.5 * (1 + erf(x / math.sqrt(2)))
# by:
        below = 0.5 * (1 + erf(x))
