"""Three calls, however short: the time to warm up is ignored."""
# cell: blocks
# says: the number of calls
# replace:
    while len(calls) < 3 or now - start < least:
# by:
    while len(calls) < 3:
