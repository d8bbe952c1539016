"""No other may be as good and different."""
# cell: pareto
# function: pareto_front
return [all(x < a or y < b or (x, y) == (a, b) for x, y in points) for a, b in points]
