"""The mean of the layers' shares, in which a small layer counts as much as a large one."""
# cell: largest
# says: a share of all
# replace:
    zeros = sum(int((p.data == 0).sum()) for p in found)
    return zeros / sum(p.size for p in found)
# by:
    return sum(1 - np.count_nonzero(p.data) / p.size for p in found) / len(found)
