"""Counts the multiplication and the addition apart."""
# cell: matmul-explicit
# says: matmul_multiply_adds
# says: got +48
# replace:
    return a_shape[0] * a_shape[1] * b_shape[1]
# by:
    return 2 * a_shape[0] * a_shape[1] * b_shape[1]
