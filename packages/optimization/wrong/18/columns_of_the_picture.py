"""The columns come from the picture, not from what is left of the rows."""
# cell: max-pool
# says: largest_of_tiles|max_pool_by_rows
# replace:
rows[..., v::kw])
# by:
x[..., ::kh, v::kw])
