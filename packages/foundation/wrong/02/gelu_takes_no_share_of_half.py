"""The factor one half is forgotten: shares run from 0 to 2."""
# cell: gelu
# says: GELU\(\)\(x\), x = \[-2.*wanted
# says: twice|2 times
# replace:
    return 0.5 * (1 + erf(b / math.sqrt(2)))
# by:
    return 1 + erf(b / math.sqrt(2))
