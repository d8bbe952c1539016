"""The first call is returned, the coldest of all."""
# cell: blocks
# says: the shortest call
# replace:
    return min(calls)
# by:
    return calls[0]
