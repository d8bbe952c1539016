"""The singular values are left out."""
# cell: low-rank
# says: nothing is lost
# replace:
    return Sequential(linear_of(root[:, None] * vt[:rank]), linear_of(u[:, :rank] * root, bias))
# by:
    return Sequential(linear_of(vt[:rank]), linear_of(u[:, :rank], bias))
