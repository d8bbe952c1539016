"""The leading dimensions are flattened and not restored."""
# cell: linear
# says: x of shape \(\d.*wanted .*shape \(4,\)
# says: got .*shape \(1, 4\)
# replace:
    out = x @ weight.T

# by:
    out = x.reshape(-1, x.shape[-1]) @ weight.T

