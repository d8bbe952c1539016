"""Looks at the first input only."""
# cell: gradcheck
# says: input 1
# replace:
    for i, x in enumerate(wide):
# by:
    for i, x in enumerate(wide[:1]):
