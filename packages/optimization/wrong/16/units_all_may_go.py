"""All units may go."""
# cell: units
# says: strongest\(\[\[1\], \[-5\], \[2\]\], 0\.95\)
# replace:
    if not keep.any():
        keep[lengths.argmax()] = True

# by:


