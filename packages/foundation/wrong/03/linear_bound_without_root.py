"""The bound is 1 / in_features: the root is missing."""
# cell: linear-layer
# says: weight of Linear\(400, 200\) reaches nearly.*largest is 0\.0025
# replace:
        bound = 1 / math.sqrt(in_features)
# by:
        bound = 1 / in_features
