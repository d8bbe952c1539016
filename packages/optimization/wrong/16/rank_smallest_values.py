"""The last singular values are kept, the least important ones."""
# cell: low-rank
# says: nothing is lost
# replace:
    root = np.sqrt(s[:rank])
    return Sequential(linear_of(root[:, None] * vt[:rank]), linear_of(u[:, :rank] * root, bias))
# by:
    root = np.sqrt(s[-rank:])
    return Sequential(linear_of(root[:, None] * vt[-rank:]), linear_of(u[:, -rank:] * root, bias))
