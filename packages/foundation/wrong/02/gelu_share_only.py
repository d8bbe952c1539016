"""The share without the number that it is a share of."""
# cell: gelu
# says: difference at \[0\]: wanted -0.0455
# replace:
    return a * share
# by:
    return share
