"""The bias is left out."""
# cell: weight-only
# says: with a bias
# replace:
    if bias is not None:
        out += bias

# by:

