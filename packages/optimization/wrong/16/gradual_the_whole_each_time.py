"""Each round takes the whole amount of what is left."""
# cell: masks
# says: gradual\(0\.9, 3\) ends at
# replace:
    return [1 - (1 - amount) ** (t / rounds) for t in range(1, rounds + 1)]
# by:
    return [1 - (1 - amount) ** t for t in range(1, rounds + 1)]
