"""The last part gets all that is left over."""
# cell: threads
# says: differ by at most one in length
# replace:
    ends = [i * count // parts for i in range(parts + 1)]
# by:
    ends = [i * (count // parts) for i in range(parts)] + [count]
