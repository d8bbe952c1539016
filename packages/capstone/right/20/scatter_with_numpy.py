"""An array of characters."""
# cell: scatter
# function: scatter
canvas = np.full((height + 1, width + 1), " ")
at = np.array(points, dtype=float)
at -= at.min(axis=0)
at /= np.where(at.max(axis=0) > 0, at.max(axis=0), 1)
for (x, y), mark in zip(at, marks):
    canvas[height - round(height * y), round(width * x)] = mark
return "\n".join("".join(line).rstrip() for line in canvas)
