"""The pairs of one head are counted, not those of all heads and texts."""
# cell: products
# says: attention_flops
# replace:
    pairs = math.prod(out.shape[:-1]) * k.shape[-2]
# by:
    pairs = q.shape[-2] * k.shape[-2]
