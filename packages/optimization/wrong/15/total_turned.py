"""The error is taken as a share of the wrong result."""
# cell: errors
# says: total error
# replace:
        total = relative_error(other.result, right.result)
# by:
        total = relative_error(right.result, other.result)
