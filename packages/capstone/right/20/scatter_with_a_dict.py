"""Marks by their position."""
# cell: scatter
# function: scatter
def scaled(values):
    low, span = min(values), max(values) - min(values)
    return [(value - low) / span if span else 0.0 for value in values]

xs, ys = (scaled([point[i] for point in points]) for i in (0, 1))
at = {(round(height * (1 - y)), round(width * x)): mark for x, y, mark in zip(xs, ys, marks)}
lines = ("".join(at.get((line, column), " ") for column in range(width + 1)) for line in range(height + 1))
return "\n".join(line.rstrip() for line in lines)
