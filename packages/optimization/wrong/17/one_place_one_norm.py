"""The second norm is forgotten."""
# cell: one-place
# says: one_place beside attend, place 2
# replace:
(normalize(rows, eps[1])[0] * weight2 + bias2) @ up.T
# by:
rows @ up.T
