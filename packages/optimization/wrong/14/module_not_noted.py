"""The module that is running is not noted."""
# cell: timed-run
# says: layers\.0
# replace:
rows.append((name, log.module, took
# by:
rows.append((name, OUTSIDE, took
