"""Adds the norms of the parameters, not the squares of all numbers."""
# cell: clip
# says: one norm over both
# replace:
        total = math.sqrt(sum(float(np.vdot(g, g)) for g in gradients))
# by:
        total = sum(math.sqrt(float(np.vdot(g, g))) for g in gradients)
