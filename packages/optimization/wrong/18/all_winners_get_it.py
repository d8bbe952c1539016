"""Every pixel that equals the largest gets the gradient."""
# cell: max-pool
# says: to the first of the largest|slope after slope_of_tiles
# replace:
            won &= free

# by:

