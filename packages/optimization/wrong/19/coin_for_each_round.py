"""A coin is tossed for each round: one side may come first much more often."""
# cell: rounds
# says: equally often|in orders|orders\(4\) holds
# replace:
(0, 1) if number % 2 else (1, 0) for number in generator.permutation(rounds).tolist()
# by:
(0, 1) if coin else (1, 0) for coin in generator.integers(2, size=rounds)
