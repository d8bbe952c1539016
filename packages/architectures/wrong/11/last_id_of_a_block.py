"""The block ends before the last of its distinct ids."""
# cell: add-rows
# says: add_rows\(g, ids|IndexError
# replace:
distinct[own[0] : own[-1] + 1]
# by:
distinct[own[0] : own[-1]]
