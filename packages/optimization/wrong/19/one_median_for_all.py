"""All blocks are thrown together before the median."""
# cell: result
# says: one for each process
# replace:
[float(np.median(blocks)) for blocks in self.seconds]
# by:
[float(np.median([value for blocks in self.seconds for value in blocks]))]
