"""Unexpected keys are not refused."""
# cell: load-into
# says: c unexpected
# replace:
    if strict and any(result):
# by:
    if strict and result.missing_keys:
