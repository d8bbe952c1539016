"""The root is written into v itself."""
# cell: adam
# says: (?s)adam: v|v after|: v
# replace:
    np.sqrt(v, out=out)
# by:
    np.sqrt(v, out=v)
    out[...] = v
