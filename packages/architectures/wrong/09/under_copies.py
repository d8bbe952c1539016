"""What the entries meet is copied: nothing can be added through it."""
# cell: im2col
# says: is a view of the picture
# replace:
left : left + t * places[1] : t]
# by:
left : left + t * places[1] : t].copy()
