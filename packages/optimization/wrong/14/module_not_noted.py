"""The module that is running is not noted."""
# cell: timed-kernel
# says: layers\.0
# replace:
rows.append((name, log.where(), took
# by:
rows.append((name, OUTSIDE, took
