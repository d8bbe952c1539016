"""The seed is not handed to orders."""
# cell: compare
# says: who took samples
# replace:
orders(rounds, seed)
# by:
orders(rounds)
