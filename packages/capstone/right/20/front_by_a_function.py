"""A function that says what dominates."""
# cell: pareto
# function: pareto_front
def dominates(p, q):
    return p[0] >= q[0] and p[1] >= q[1] and (p[0] > q[0] or p[1] > q[1])

front = []
for point in points:
    front.append(not any(dominates(other, point) for other in points))
return front
