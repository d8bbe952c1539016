"""A long step makes a block of no steps: rounded to the nearest, without the least of one."""
# cell: blocks
# says: steps_per_block\(
# replace:
max(1, math.ceil(least / shortest))
# by:
round(least / shortest)
