"""A block is rounded down and becomes shorter than it must be."""
# cell: blocks
# says: steps_per_block\(0.0004\)
# replace:
math.ceil(least / shortest)
# by:
int(least / shortest)
