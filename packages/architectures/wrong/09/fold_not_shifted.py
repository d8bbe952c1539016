"""All entries of the window give their gradients to the same pixels."""
# cell: fold
# says: im2col\(x, 2\)\.sum\(\)
# replace:
            there = under(total, u, v, window, places)
# by:
            there = under(total, 0, 0, window, places)
