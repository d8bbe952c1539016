"""The front begins with the slowest."""
# cell: leaderboard
# says: the front, largest improvement first
# replace:
        return sorted(front, key=lambda row: -row.improvement)
# by:
        return sorted(front, key=lambda row: row.improvement)
