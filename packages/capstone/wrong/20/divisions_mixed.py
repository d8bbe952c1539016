"""The division is not looked at."""
# cell: leaderboard
# says: closed division has only y
# replace:
 if division in (None, row.submission.division)
# by:

