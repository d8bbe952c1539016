"""Each round takes the same number of weights, more and more of what is left."""
# cell: masks
# says: of what is left that stay
# replace:
    return [1 - (1 - amount) ** (t / rounds) for t in range(1, rounds + 1)]
# by:
    return [amount * t / rounds for t in range(1, rounds + 1)]
