"""Attention takes it for granted that there are as many keys as queries."""
# cell: products
# says: attention_flops
# replace:
    pairs = math.prod(out.shape[:-1]) * k.shape[-2]
# by:
    pairs = math.prod(out.shape[:-1]) * q.shape[-2]
