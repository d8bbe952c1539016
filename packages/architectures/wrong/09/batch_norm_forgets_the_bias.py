"""The bias is scaled with the rest."""
# cell: batch-norm
# says: weight \[1, 2, 3\], bias \[0, 10, 20\]
# replace:
(bias - mean * scale)
# by:
(bias - mean) * scale
