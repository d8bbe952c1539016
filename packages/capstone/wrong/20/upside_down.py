"""The largest y stands in the last line."""
# cell: scatter
# says: b is in the top right
# replace:
(max(ys) - y)
# by:
(y - min(ys))
