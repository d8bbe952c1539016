"""The number held between -10 and 10 is used in front as well."""
# cell: gelu
# says: x = \[-1e30, -100, 100, 1e30\].*wanted 1.0, got 0.1
# replace:
    return a * share
# by:
    return b * share
