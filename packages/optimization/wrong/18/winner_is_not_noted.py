"""Nobody notes that a window has its winner."""
# cell: max-pool
# says: to the first of the largest|slope after slope_of_tiles
# replace:
            free ^= won

# by:

