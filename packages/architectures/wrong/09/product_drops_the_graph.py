"""The product is computed with arrays, so no gradient reaches the weight."""
# cell: by-columns
# says: conv2d_by_columns\(x, w, b.*gradient
# replace:
    out = weight.reshape(len(weight), -1) @ columns

# by:
    out = Tensor(weight.data.reshape(len(weight), -1) @ columns.data)

