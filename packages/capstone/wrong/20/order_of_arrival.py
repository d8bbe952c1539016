"""Rows stand in the order in which they were added."""
# cell: leaderboard
# says: rows with two unverified
# replace:
        entries.sort(key=lambda row: -row.improvement)
# by:

# replace:
, key=lambda row: row.rank or 0)
# by:
, key=lambda row: 0)
