"""The factor one half is forgotten: the factor runs from 0 to 2."""
# cell: gelu
# says: GELU\(\)\(x\), x = \[-2.*wanted
# says: twice|2 times
# replace:
        below = 0.5 * (1 + erf(x / math.sqrt(2)))
# by:
        below = 1 + erf(x / math.sqrt(2))
