"""Columns of vt are taken, and it has its vectors in rows."""
# cell: low-rank
# says: parameters' shapes
# replace:
    return Sequential(linear_of(root[:, None] * vt[:rank]), linear_of(u[:, :rank] * root, bias))
# by:
    return Sequential(linear_of(root[:, None] * vt[:, :rank].T), linear_of(u[:, :rank] * root, bias))
