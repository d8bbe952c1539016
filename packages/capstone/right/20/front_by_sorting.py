"""From the largest x on, whoever has more y than all before."""
# cell: pareto
# function: pareto_front
best, kept = -math.inf, set()
for x, y in sorted(points, reverse=True):
    if y > best:
        kept.add((x, y))
        best = y
return [tuple(point) in kept for point in points]
