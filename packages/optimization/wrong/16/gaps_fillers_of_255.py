"""A filler is counted as 255 places, and it takes 256."""
# cell: packing
# says: long gaps
# replace:
    entries = gaps // 256 + 1
# by:
    entries = gaps // 255 + 1
# replace:
gaps % 256
# by:
gaps % 255
