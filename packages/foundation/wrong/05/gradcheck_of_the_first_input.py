"""Looks at the first input only."""
# cell: gradcheck
# says: looks_at_every_input
# replace:
    for i, x in enumerate(wide):
# by:
    for i, x in enumerate(wide[:1]):
