"""The message does not say where."""
# cell: check
# says: \(1, 1\)
# replace:
 at index {at}")
# by:
")
