"""Steps a second: the items of a step are forgotten."""
# cell: result
# says: throughput of blocks
# replace:
self.items * len(values) / sum(values)
# by:
len(values) / sum(values)
