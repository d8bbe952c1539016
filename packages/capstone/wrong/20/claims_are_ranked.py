"""Claims get ranks as if somebody had verified them."""
# cell: leaderboard
# says: rows with two unverified
# replace:
        verified = [row for row in entries if row.verified]
        ranked
# by:
        verified = entries
        ranked
