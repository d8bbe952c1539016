"""The gradient of the queries lacks the scale."""
# cell: attention-gradients
# says: gradient of input 0 of scaled_dot_product_attention
# replace:
        lambda g: scaled(by_scores(g) @ k, scale),
# by:
        lambda g: by_scores(g) @ k,
