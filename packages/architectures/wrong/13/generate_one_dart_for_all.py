"""One dart for all texts: equal texts stay equal."""
# cell: generate
# says: nine texts that begin alike
# replace:
generator.random(len(rows))
# by:
np.full(len(rows), generator.random())
