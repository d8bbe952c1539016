"""Takes the sum of the squares for the norm."""
# cell: clip
# says: one norm over both
# replace:
        total = math.sqrt(sum(float(np.vdot(g, g)) for g in gradients))
# by:
        total = sum(float(np.vdot(g, g)) for g in gradients)
