"""The new array takes the place of the old one, as float64 and in other memory."""
# cell: load-into
# says: float64
# replace:
        own[name].data[...] = array
# by:
        own[name].data = array
