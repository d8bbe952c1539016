"""A claim gets no rank, but pushes others down."""
# cell: leaderboard
# says: rows with two unverified
# replace:
        ranked = zip(ranks([(row.low, row.high) for row in verified]), verified, strict=True)
        rows =
# by:
        of_all = zip(ranks([(row.low, row.high) for row in entries]), entries, strict=True)
        ranked = [(rank, row) for rank, row in of_all if row.verified]
        rows =
