"""Both conditions must fail instead of one: and for or."""
# cell: blocks
# says: the number of calls|at least three
# replace:
len(calls) < 3 or now
# by:
len(calls) < 3 and now
