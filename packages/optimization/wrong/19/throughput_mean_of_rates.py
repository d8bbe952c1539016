"""The mean of the blocks' rates."""
# cell: result
# says: throughput of blocks
# replace:
self.items * len(values) / sum(values)
# by:
self.items * sum(1 / value for value in values) / len(values)
