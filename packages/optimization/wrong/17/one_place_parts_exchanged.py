"""The parts of the product are taken in another order."""
# cell: one-place
# says: one_block beside attend
# replace:
    q, k, v = packed
# by:
    k, q, v = packed
