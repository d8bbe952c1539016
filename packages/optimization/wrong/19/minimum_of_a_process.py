"""The quickest block of a process stands for it."""
# cell: result
# says: one for each process
# replace:
np.median(blocks)
# by:
min(blocks)
