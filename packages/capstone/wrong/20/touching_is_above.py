"""Intervals that touch do not share a rank, and each is above itself if it is a point."""
# cell: ranks
# says: intervals that touch
# replace:
low > high
# by:
low >= high
