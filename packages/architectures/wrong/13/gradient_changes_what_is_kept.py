"""The kept rows are multiplied in place; the weight's gradient comes out wrong afterwards."""
# cell: layer-norm-gradients
# says: gradient of input 1
# replace:
    slope -= normalized * along[:, None]

# by:
    normalized *= along[:, None]
    slope -= normalized

