"""The bias is forgotten."""
# cell: layer-norm-kernel
# says: apply\("layer_norm", x, weight, bias\), x of shape \(3, 4\).*difference at
# replace:
    out += bias.reshape(-1)

# by:

