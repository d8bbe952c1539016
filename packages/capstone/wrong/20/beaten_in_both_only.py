"""A point falls only if another is better in both coordinates."""
# cell: pareto
# says: pareto_front of six
# replace:
x >= a and y >= b and (x, y) != (a, b)
# by:
x > a and y > b
