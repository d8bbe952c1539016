"""Kaiming forgets what ReLU takes away."""
# cell: initialization
# says: relu
# says: it is 0\.(5|4)\d* times
# replace:
    bound = calculate_gain(nonlinearity, a) * math.sqrt(3 / fan)
# by:
    bound = math.sqrt(3 / fan)
