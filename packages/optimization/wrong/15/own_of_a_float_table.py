"""The table of floats is given to the operation of bytes."""
# cell: errors
# says: own error of a table is its total
# replace:
        arrays = other.arrays if other.name == "embedding_int8" else [right.arrays[0], *other.arrays[1:]]
# by:
        arrays = [right.arrays[0], *other.arrays[1:]]
