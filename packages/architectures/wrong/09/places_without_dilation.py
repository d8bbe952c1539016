"""The reach is taken for the number of entries."""
# cell: places
# says: dilation=2.*wanted +5.*got +7
# replace:
    reach = dilation * (kernel - 1) + 1
# by:
    reach = kernel
