"""Units that go are filled with zeros, and stay."""
# cell: shrink
# says: smaller_layer.*shape \(3, 4\)
# replace:
    weight = weight[units][:, inputs]
# by:
    weight = weight * units.reshape(-1, *[1] * (weight.ndim - 1))
