"""a comes first in the first half of the rounds: nothing is drawn."""
# cell: rounds
# says: five seeds give five|do not just alternate
# replace:
(0, 1) if number % 2 else (1, 0) for number in generator.permutation(rounds).tolist()
# by:
(0, 1) if number < rounds / 2 else (1, 0) for number in range(rounds)
