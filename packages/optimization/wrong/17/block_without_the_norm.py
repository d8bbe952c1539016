"""Keys and values are made of rows that were not normalized."""
# cell: block
# says: attend\(layer, [02], x, mask, cache\)
# replace:
layer.self_attn.heads(layer.norm1(x))
# by:
layer.self_attn.heads(x)
