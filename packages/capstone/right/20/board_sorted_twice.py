"""Sorted by improvement, then by rank: sorting keeps the order of equals."""
# cell: leaderboard
# function: Leaderboard.add
metrics, (low, high) = submission.metrics["optimized"], submission.intervals[self.by]
row = Row(None, label or submission.name, verified, submission.improvements[self.by], low, high, metrics["accuracy"], submission)
self.entries += [row]
# function: Leaderboard.rows
wanted = lambda row: row.submission.track == track and row.submission.division in (division or "closed", division or "open")
entries = sorted(filter(wanted, self.entries), key=lambda row: row.improvement, reverse=True)
known = [row for row in entries if row.verified]
places = ranks([(row.low, row.high) for row in known])
known = [replace(row, rank=place) for row, place in zip(known, places, strict=True)]
known.sort(key=lambda row: row.rank)
return [*known, *(row for row in entries if not row.verified)]
# function: Leaderboard.pareto
rows = [row for row in self.rows(track, division) if row.verified]
points = [(row.accuracy, row.improvement) for row in rows]
front = dict(zip(map(id, rows), pareto_front(points)))
return sorted(filter(lambda row: front[id(row)], rows), key=lambda row: row.improvement)[::-1]
