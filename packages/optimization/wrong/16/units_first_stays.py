"""If all would go, the first stays, however short it is."""
# cell: units
# says: strongest\(\[\[1\], \[-5\], \[2\]\], 0\.95\)
# replace:
        keep[lengths.argmax()] = True
# by:
        keep[0] = True
