"""A slow step is called once only: the least of three calls is forgotten."""
# cell: blocks
# says: least=0.5: at least three
# replace:
    while len(calls) < 3 or now - start < least:
# by:
    while now - start < least:
