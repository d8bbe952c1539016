"""Calls each function with ones instead of the gradient that has arrived."""
# cell: backward
# says: backward\(\[1, 10\]\)|square
# replace:
arrived(function(g), target)
# by:
arrived(function(np.ones_like(g)), target)
