"""Lines from below, then reversed."""
# cell: scatter
# function: scatter
canvas = [[" " for _ in range(width + 1)] for _ in range(height + 1)]
xs, ys = zip(*points)
for i, mark in enumerate(marks):
    right = (xs[i] - min(xs)) / ((max(xs) - min(xs)) or 1)
    up = (ys[i] - min(ys)) / ((max(ys) - min(ys)) or 1)
    canvas[int(height * up + 0.5)][int(width * right + 0.5)] = mark
return "\n".join("".join(line).rstrip() for line in reversed(canvas))
