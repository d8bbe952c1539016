"""What the attention found replaces the row instead of being added."""
# cell: block
# says: attend\(layer, [02], x, mask, cache\)
# replace:
    x = x + layer.self_attn.merge(
# by:
    x = layer.self_attn.merge(
