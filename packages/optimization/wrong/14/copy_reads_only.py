"""Of a copy only the bytes that are read are counted."""
# cell: roofline
# says: machine_peaks\(100, 3\)
# replace:
2 * source.nbytes / copy
# by:
source.nbytes / copy
