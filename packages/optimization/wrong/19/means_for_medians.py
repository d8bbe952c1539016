"""The mean of a process's blocks."""
# cell: result
# says: one for each process
# replace:
np.median(blocks)
# by:
np.mean(blocks)
