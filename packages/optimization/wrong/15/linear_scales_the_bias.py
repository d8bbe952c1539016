"""The bias is added before the scale."""
# cell: weight-only
# says: with a bias|one scale for all rows
# replace:
    out *= scale
    if bias is not None:
        out += bias
# by:
    if bias is not None:
        out += bias
    out *= scale
