"""The first mismatch is reported, and the others when it is mended."""
# cell: mismatches
# says: false speed and a false energy
# replace:
for field, stands, follows in wrong]
    ###
# by:
for field, stands, follows in wrong[:1]]
    ###
