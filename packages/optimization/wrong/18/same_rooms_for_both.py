"""Both functions write into the same rooms."""
# cell: check
# says: put into `kept`, once
# replace:
**given.fresh(attributes)
# by:
**attributes
