"""Adds the direction: the loss grows."""
# cell: descend
# says: p after descend
# says: sign|wanted
# replace:
    p -= lr * direction
# by:
    p += lr * direction
