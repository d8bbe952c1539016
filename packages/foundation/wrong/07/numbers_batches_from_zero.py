"""The first batch has number 0."""
# cell: trainer
# says: batch 1
# replace:
enumerate(pairs(x, y, batch_size, shuffle), 1)
# by:
enumerate(pairs(x, y, batch_size, shuffle))
