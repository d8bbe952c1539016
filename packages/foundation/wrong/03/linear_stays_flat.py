"""The leading dimensions are flattened and not restored."""
# cell: linear
# says: x of shape \(\d.*wanted .*shape \(4,\)
# says: got .*shape \(1, 4\)
@kernel("linear")
def linear(x, weight, bias=None):
    """x @ weight.T + bias: x (..., in), weight (out, in), bias (out,) or None give (..., out)."""
    if np.shape(x)[-1:] != weight.shape[1:]:
        raise ValueError(f"the layer takes {weight.shape[1]} features, the input has shape {np.shape(x)}")
    out = x.reshape(-1, x.shape[-1]) @ weight.T
    if bias is not None:
        out += bias
    return out
