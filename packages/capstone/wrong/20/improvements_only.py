"""Only the improvements are computed again: the accuracy of 9,900 % stays."""
# cell: problems
# says: accuracy of 99.0 is refused
# replace:
for name in DERIVED for said
# by:
for name in DERIVED[1:] for said
