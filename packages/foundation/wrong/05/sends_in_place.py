"""Adds into the array that is pending, which somebody else may hold."""
# cell: accumulate
# says: another target, which holds the same array
# replace:
    pending[target] = part if target not in pending else pending[target] + part
# by:
    if target in pending:
        pending[target] += part
    else:
        pending[target] = part
