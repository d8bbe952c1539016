"""Writes p = p - ...: the array that the model holds stays as it was."""
# cell: descend
# says: in its own memory
# replace:
    p -= lr * direction
# by:
    p = p - lr * direction
