"""One call is called a warm-up."""
# cell: blocks
# says: warm_up of calls of 5, 3, 1
# replace:
    while len(calls) < 3 or now - start < least:
        step()
        later = clock()
        calls.append(later - now)
        now = later
    return min(calls)
# by:
    step()
    return clock() - start
