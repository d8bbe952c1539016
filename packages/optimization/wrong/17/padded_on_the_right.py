"""Short texts are filled up at their ends."""
# cell: places
# says: left_pad\(\[\[1, 2\], \[3, 4, 5, 6\], \[7\]\]
# replace:
        row[start:] = text
# by:
        row[: len(text)] = text
