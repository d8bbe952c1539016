"""strict=False makes no difference."""
# cell: load-into
# says: the state does not fit
# replace:
    if strict and any(result):
# by:
    if any(result):
