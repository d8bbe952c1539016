"""The parameters include the buffers."""
# cell: module
# says: no buffers, and equal values are not the same
# replace:
            if isinstance(value, Parameter) and id(value) not in seen:
# by:
            if id(value) not in seen:
