"""A task that hangs is waited for: the limit is not passed on."""
# cell: process
# says: limit=0.5
# replace:
timeout=limit, 
# by:

