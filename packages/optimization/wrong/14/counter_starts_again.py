"""A counter that has started again gives less than nothing."""
# cell: energy
# says: started again
# replace:
(after[zone][0] - start) % limit for zone
# by:
after[zone][0] - start for zone
