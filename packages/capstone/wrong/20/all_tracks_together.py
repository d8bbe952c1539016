"""Entries of other tracks are ranked along."""
# cell: leaderboard
# says: closed division has only y|both divisions
# replace:
 if row.submission.track == track
# by:

