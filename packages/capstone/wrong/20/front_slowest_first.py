"""The front begins with the slowest."""
# cell: leaderboard
# says: the front, the fastest first
# replace:
        return sorted(front, key=lambda row: -row.improvement)
# by:
        return sorted(front, key=lambda row: row.improvement)
