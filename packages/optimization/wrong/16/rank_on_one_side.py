"""All singular values are given to the second matrix."""
# cell: low-rank
# says: sizes of both thin matrices
# replace:
    return Sequential(linear_of(root[:, None] * vt[:rank]), linear_of(u[:, :rank] * root, bias))
# by:
    return Sequential(linear_of(vt[:rank]), linear_of(u[:, :rank] * s[:rank], bias))
