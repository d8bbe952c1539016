"""Entries of other tracks are ranked along."""
# cell: leaderboard
# says: closed division has y alone|both divisions
# replace:
 if row.submission.track == track
# by:

