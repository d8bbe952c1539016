"""What the windows see is made into rows without bringing the places to the front."""
# cell: vectorized
# says: conv2d_vectorized\(x
# replace:
    rows = windows.transpose(0, 2, 3, 1, 4, 5).reshape(-1, weight[0].size)
# by:
    rows = windows.reshape(-1, weight[0].size)
