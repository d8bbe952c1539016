"""Operations that only move numbers are charged with FLOPs."""
# cell: flops-of
# says: reshape
# replace:
    if name in MOVES:
        return 0

# by:

