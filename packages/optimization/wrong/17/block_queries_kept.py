"""The queries are kept instead of the keys."""
# cell: block
# says: attend\(layer, [02], x, mask, cache\)
# replace:
    k, v = cache.append(index, k, v)

# by:
    k, v = cache.append(index, q, v)

