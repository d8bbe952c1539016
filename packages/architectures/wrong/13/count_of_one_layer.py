"""The number of layers is forgotten."""
# cell: parameter-count
# says: tables, norm and head|3 layers add
# replace:
n_layers * block_parameters(d)
# by:
block_parameters(d)
