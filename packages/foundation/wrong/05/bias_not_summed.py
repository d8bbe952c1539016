"""Does not sum the bias's gradient over the rows."""
# cell: loss-gradients
# says: linear, input 2
# replace:
        lambda g: np.add.reduce(g.reshape(rows), axis=0),
# by:
        lambda g: g,
