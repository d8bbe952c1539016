"""The filters are turned round, as mathematicians do."""
# cell: vectorized
# says: conv2d_vectorized\(x
# replace:
    out = rows @ weight.reshape(len(weight), -1).T
# by:
    out = rows @ weight[:, :, ::-1, ::-1].reshape(len(weight), -1).T
