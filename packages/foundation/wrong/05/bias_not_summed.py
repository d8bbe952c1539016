"""Does not sum the bias's gradient over the rows."""
# cell: loss-gradients
# says: linear, input 2
# replace:
        lambda g: column_sums(g.reshape(rows)),
# by:
        lambda g: g,
