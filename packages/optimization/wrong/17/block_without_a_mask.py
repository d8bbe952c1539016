"""A prompt looks ahead."""
# cell: block
# says: attend\(layer, [02], x, mask, cache\)
# replace:
, q, k, v, mask=mask))
# by:
, q, k, v))
