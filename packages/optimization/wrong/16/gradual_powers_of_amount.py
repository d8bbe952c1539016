"""What goes is raised to a power instead of what stays."""
# cell: masks
# says: of what is left that stay
# replace:
    return [1 - (1 - amount) ** (t / rounds) for t in range(1, rounds + 1)]
# by:
    return [amount ** (rounds / t) for t in range(1, rounds + 1)]
