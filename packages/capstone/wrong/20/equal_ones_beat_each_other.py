"""Two equal entries throw each other off the front."""
# cell: pareto
# says: two equal entries|six entries
# replace:
 and (x, y) != (a, b)
# by:

