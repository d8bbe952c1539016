"""The own error is computed with an input that is wrong already."""
# cell: errors
# says: own error of the last layer
# replace:
        arrays = other.arrays if other.name == "embedding_int8" else [right.arrays[0], *other.arrays[1:]]
# by:
        arrays = other.arrays
