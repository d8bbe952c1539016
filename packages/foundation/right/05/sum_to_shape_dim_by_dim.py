"""Sums a dimension at a time, from the left."""
# cell: sum-to-shape
# function: sum_to_shape
while g.ndim > len(shape):
    g = g.sum(axis=0)
for i, size in enumerate(shape):
    if size == 1 and g.shape[i] != 1:
        g = g.sum(axis=i, keepdims=True)
return g
