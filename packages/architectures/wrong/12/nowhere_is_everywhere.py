"""A query that may look nowhere looks everywhere."""
# cell: attention-weights
# says: nothing allowed in row 1
# replace:
    return Softmax(-1)(scores + as_bias(mask)) * anywhere(mask)
# by:
    return Softmax(-1)(scores + as_bias(mask))
