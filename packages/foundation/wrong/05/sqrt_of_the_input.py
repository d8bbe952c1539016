"""1 over twice the input instead of twice the root."""
# cell: functions
# says: sqrt
# replace:
g / (2 * out)
# by:
g / (2 * a)
