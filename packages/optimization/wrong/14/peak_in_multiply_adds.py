"""The peak is in multiply-adds a second."""
# cell: roofline
# says: machine_peaks\(100, 3\)
# replace:
Peaks(2 * size**3 / product
# by:
Peaks(size**3 / product
