"""The projection behind the attention is forgotten."""
# cell: parameter-count
# says: block_parameters\(4\)
# replace:
    return 12 * d * d + 13 * d
# by:
    return 11 * d * d + 12 * d
