"""a always comes first."""
# cell: rounds
# says: holds \(0, 1\) and \(1, 0\) only
# replace:
    return [(0, 1) if number % 2 else (1, 0) for number in generator.permutation(rounds).tolist()]
# by:
    return [(0, 1)] * rounds
