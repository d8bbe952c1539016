"""The front is whoever is best in one of the two coordinates."""
# cell: pareto
# says: pareto_front of six|a middle one
# replace:
    return [not any(x >= a and y >= b and (x, y) != (a, b) for x, y in points) for a, b in points]
# by:
    return [a == max(x for x, _ in points) or b == max(y for _, y in points) for a, b in points]
