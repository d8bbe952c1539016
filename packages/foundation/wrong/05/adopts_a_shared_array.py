"""Keeps the arriving array as .grad although another leaf has the same one."""
# cell: backward
# says: different arrays
# replace:
copy=None if ours else True
# by:
copy=None
