"""The order alternates, and nothing is drawn."""
# cell: rounds
# says: five seeds give five
# replace:
generator.permutation(rounds).tolist()
# by:
range(rounds)
