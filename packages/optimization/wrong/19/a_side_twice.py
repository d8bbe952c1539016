"""Each side is drawn by itself, so that a round may hold one side twice."""
# cell: rounds
# says: holds \(0, 1\) and \(1, 0\) only
# replace:
(0, 1) if number % 2 else (1, 0) for number in generator.permutation(rounds).tolist()
# by:
tuple(pair) for pair in generator.integers(2, size=(rounds, 2)).tolist()
