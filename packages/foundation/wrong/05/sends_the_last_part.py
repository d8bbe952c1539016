"""Keeps only the last contribution."""
# cell: accumulate
# says: what is pending for w
# replace:
    pending[target] = part if target not in pending else pending[target] + part
# by:
    pending[target] = part
