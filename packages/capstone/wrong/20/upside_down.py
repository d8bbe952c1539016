"""The largest y stands in the last line."""
# cell: scatter
# says: b stands on top
# replace:
(max(ys) - y)
# by:
(y - min(ys))
