"""The rounds are counted from 0, so that the last total is never reached."""
# cell: masks
# says: gradual\(0\.9, 3\) ends at
# replace:
    return [1 - (1 - amount) ** (t / rounds) for t in range(1, rounds + 1)]
# by:
    return [1 - (1 - amount) ** (t / rounds) for t in range(rounds)]
