"""The hook for floats is missing: 1e999 becomes infinite."""
# cell: read-json
# says: 1e999
# replace:
parse_float=finite_number, 
# by:

