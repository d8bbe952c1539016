"""The multiply-adds of one row, not of the batch."""
# cell: linear-explicit
# says: linear_multiply_adds\(64, 784, 128\)
# says: got +100352
# replace:
    return rows * in_features * out_features
# by:
    return in_features * out_features
