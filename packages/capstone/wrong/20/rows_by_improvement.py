"""Rows stand in the order of their improvement, whatever their ranks."""
# cell: leaderboard
# says: two wide and two narrow
# replace:
        rows = sorted((replace(row, rank=rank) for rank, row in ranked), key=lambda row: row.rank or 0)
# by:
        rows = [replace(row, rank=rank) for rank, row in ranked]
