"""The share of numbers that are not zero."""
# cell: largest
# says: biases do not count\s+wanted +0\.0\s+got +1\.
# replace:
    zeros = sum(int((p.data == 0).sum()) for p in found)
    return zeros / sum(p.size for p in found)
# by:
    return sum(np.count_nonzero(p.data) for p in found) / sum(p.size for p in found)
