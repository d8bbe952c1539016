"""One byte a number, whatever bits says."""
# cell: storage
# says: bits=32
# replace:
    if bits == 8:
# by:
    if bits:
