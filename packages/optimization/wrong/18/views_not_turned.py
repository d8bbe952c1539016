"""A parameter that lies turned gets a view that does not."""
# cell: adam
# says: a turned parameter's view is turned too
# replace:
given.shaped_as(p.data, row[start : start + p.size])
# by:
row[start : start + p.size].reshape(p.shape)
