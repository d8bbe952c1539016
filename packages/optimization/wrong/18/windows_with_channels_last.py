"""The numbers of a window lie in another order than those of a filter."""
# cell: vectorized
# says: conv2d_vectorized\(x \(2, 3, 6, 7\)
# replace:
windows.transpose(0, 2, 3, 1, 4, 5)
# by:
windows.transpose(0, 2, 3, 4, 5, 1)
