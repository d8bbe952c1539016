"""The head is taken to share the table of the tokens."""
# cell: parameter-count
# says: tables, norm and head
# replace:
    return tables + n_layers * block_parameters(d) + 2 * d + vocab * d
# by:
    return tables + n_layers * block_parameters(d) + 2 * d
