"""The bytes are never scaled."""
# cell: weight-only
# says: linear_int8
# replace:
    out *= scale

# by:

