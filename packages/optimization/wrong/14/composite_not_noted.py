"""The composite that an operation is a part of is not noted."""
# cell: timed-kernel
# says: a part of `linear`
# replace:
running[0] if running else ""
# by:
""
