"""One key for all rows: the verified first, then rank, then improvement."""
# cell: leaderboard
# function: Leaderboard.add
values = {"label": label or submission.name, "verified": bool(verified), "rank": None, "submission": submission}
values["improvement"] = submission.improvements[self.by]
values["low"], values["high"] = submission.intervals[self.by]
values["accuracy"] = submission.metrics["optimized"]["accuracy"]
self.entries.append(Row(**values))
# function: Leaderboard.rows
entries = [row for row in self.entries if row.submission.track == track]
if division is not None:
    entries = [row for row in entries if row.submission.division == division]
known = [row for row in entries if row.verified]
rank_of = {id(row): rank for row, rank in zip(known, ranks([(row.low, row.high) for row in known]))}
rows = [replace(row, rank=rank_of.get(id(row))) for row in entries]
return sorted(rows, key=lambda row: (row.rank is None, row.rank or 0, -row.improvement))
# function: Leaderboard.pareto
rows = [row for row in self.rows(track, division) if row.verified]
found = []
for row, on_front in zip(rows, pareto_front([(row.accuracy, row.improvement) for row in rows])):
    if on_front:
        found.append(row)
return sorted(found, key=lambda row: -row.improvement)
