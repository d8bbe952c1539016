"""A layer without a bias adds None."""
# cell: linear
# says: apply\("linear", x, weight\), no bias
@kernel("linear")
def linear(x, weight, bias=None):
    """x @ weight.T + bias: x (..., in), weight (out, in), bias (out,) or None give (..., out)."""
    if np.shape(x)[-1:] != weight.shape[1:]:
        raise ValueError(f"the layer takes {weight.shape[1]} features, the input has shape {np.shape(x)}")
    out = x.reshape(-1, x.shape[-1]) @ weight.T
    out += bias
    return out.reshape(*x.shape[:-1], len(weight))
