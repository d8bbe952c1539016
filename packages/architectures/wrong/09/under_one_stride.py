"""The stride along the height is used in both directions."""
# cell: im2col
# says: 'stride': \(2, 3\)
# replace:
left : left + t * places[1] : t]
# by:
left : left + s * places[1] : s]
