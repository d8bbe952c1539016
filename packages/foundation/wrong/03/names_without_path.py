"""The names lack the path to the part, so that those of two parts are equal."""
# cell: module
# says: names of a tree's tensors.*'first.mean' is wanted, 'mean' came
# replace:
                    yield prefix + name, value
# by:
                    yield name, value
