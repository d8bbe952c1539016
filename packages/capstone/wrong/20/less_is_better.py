"""The front of the points that are smallest in both."""
# cell: pareto
# says: pareto_front of six
# replace:
x >= a and y >= b
# by:
x <= a and y <= b
