"""The root is divided by the average."""
# cell: adam
# says: out: lr times the direction
# replace:
    np.divide(m, out, out=out)
# by:
    np.divide(out, m, out=out)
