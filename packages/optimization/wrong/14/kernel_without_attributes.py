"""The stand-in drops the attributes."""
# cell: timed-kernel
# says: scale
# replace:
        result = kernel(*arrays, **attributes)
# by:
        result = kernel(*arrays)
