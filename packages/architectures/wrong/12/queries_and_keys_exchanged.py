"""The gradients of queries and keys are exchanged."""
# cell: attention-gradients
# says: gradient of input 0 of scaled_dot_product_attention.*exchanged
# replace:
        lambda g: scaled(by_scores(g) @ k, scale),
        lambda g: scaled(by_scores(g).swapaxes(-1, -2) @ q, scale),
# by:
        lambda g: scaled(by_scores(g).swapaxes(-1, -2) @ q, scale),
        lambda g: scaled(by_scores(g) @ k, scale),
