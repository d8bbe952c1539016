"""The probability without the number that it multiplies."""
# cell: gelu
# says: difference at \[0\]: wanted -0.0455
# replace:
    return x * below
# by:
    return below
