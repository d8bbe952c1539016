"""The ids choose columns of the table."""
# cell: look-up
# says: embedding\(weight \(6, 2\)
# replace:
    return weight.take(ids, axis=0)
# by:
    return weight.take(ids, axis=1)
