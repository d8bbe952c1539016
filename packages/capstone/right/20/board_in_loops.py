"""Rows in loops."""
# cell: leaderboard
# function: Leaderboard.add
interval = submission.intervals[self.by]
self.entries.append(
    Row(
        rank=None,
        label=label if label else submission.name,
        verified=verified,
        improvement=submission.improvements[self.by],
        low=interval[0],
        high=interval[1],
        accuracy=submission.metrics["optimized"]["accuracy"],
        submission=submission,
    )
)
# function: Leaderboard.rows
verified, claims = [], []
for row in self.entries:
    its = row.submission
    if its.track == track and (division is None or its.division == division):
        (verified if row.verified else claims).append(row)
found = []
for rank, row in zip(ranks([(row.low, row.high) for row in verified]), verified):
    found.append(replace(row, rank=rank))
return sorted(found, key=lambda r: (r.rank, -r.improvement)) + sorted(claims, key=lambda r: -r.improvement)
# function: Leaderboard.pareto
rows = [row for row in self.rows(track, division) if row.rank is not None]
keep = pareto_front([(row.improvement, row.accuracy) for row in rows])
front = [rows[i] for i in range(len(rows)) if keep[i]]
front.sort(key=lambda row: row.improvement, reverse=True)
return front
