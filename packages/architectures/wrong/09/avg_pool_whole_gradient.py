"""Each number gets the whole gradient of the mean."""
# cell: avg-pool
# says: shared by four
# replace:
        share = g / entries
# by:
        share = g
