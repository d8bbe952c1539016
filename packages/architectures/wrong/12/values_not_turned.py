"""The gradient of the values is taken with the shares not transposed."""
# cell: attention-gradients
# says: gradient of input 2 of scaled_dot_product_attention
# replace:
        lambda g: weights.swapaxes(-1, -2) @ g,
# by:
        lambda g: weights @ g,
