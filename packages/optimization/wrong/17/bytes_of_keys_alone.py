"""The values are forgotten in the formula."""
# cell: cache
# says: cache_bytes\(4, 128, 1024\)
# replace:
    return 2 * n_layers * places
# by:
    return n_layers * places
