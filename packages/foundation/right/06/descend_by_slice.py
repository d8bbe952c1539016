"""Writes the whole array anew, in its own memory."""
# cell: descend
# function: descend
p[...] = p - direction * lr
