"""The mean of all calls is returned, the cold ones among them."""
# cell: blocks
# says: the shortest call
# replace:
    return min(calls)
# by:
    return sum(calls) / len(calls)
