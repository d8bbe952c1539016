"""g is not multiplied with the weight before it goes to the rows."""
# cell: layer-norm-gradients
# says: gradient of input 0 of apply\("layer_norm", x, weight, bias\)
# replace:
towards_rows(g.reshape(flat) * weight.reshape(-1), normalized, scale)
# by:
towards_rows(g.reshape(flat), normalized, scale)
