"""The first mismatch is reported, and the others when it is mended."""
# cell: mismatches
# says: wrong speed and a wrong energy
# replace:
for field, reported, recomputed in wrong]
    ###
# by:
for field, reported, recomputed in wrong[:1]]
    ###
