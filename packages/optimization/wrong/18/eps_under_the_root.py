"""eps is added under the root."""
# cell: adam
# says: out: lr times the direction
# replace:
    np.sqrt(v, out=out)
    out += eps * root
# by:
    np.add(v, eps * root, out=out)
    np.sqrt(out, out=out)
