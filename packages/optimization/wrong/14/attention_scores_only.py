"""The product of the shares with the values is forgotten."""
# cell: products
# says: attention_flops
# replace:
    return pairs * (2 * q.shape[-1] + 2 * v.shape[-1] + 4)
# by:
    return pairs * (2 * q.shape[-1] + 4)
