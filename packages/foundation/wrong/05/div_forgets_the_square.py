"""Divides by b instead of b squared."""
# cell: arithmetic
# says: div, input 1
# replace:
lambda g: -g * (out / b)
# by:
lambda g: -g * out
