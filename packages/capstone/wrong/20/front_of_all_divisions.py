"""The front takes no notice of the division."""
# cell: leaderboard
# says: front of the closed
# replace:
        verified = [row for row in self.rows(track, division) if row.verified]
# by:
        verified = [row for row in self.rows(track) if row.verified]
