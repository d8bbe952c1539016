"""The fast kernel works on the inputs themselves: what it changes is found, and stays changed."""
# cell: check
# says: that it was to negate, afterwards
# replace:
        got = fast(*copies, **attributes)
# by:
        got = fast(*arrays, **attributes)
