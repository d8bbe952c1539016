"""The range is looked at for a single point only."""
# cell: scatter
# says: scatter|ZeroDivision
# replace:
        line = round(height * (max(ys) - y) / (max(ys) - min(ys) or 1))
# by:
        line = round(height * (max(ys) - y) / (1 if len(points) == 1 else max(ys) - min(ys)))
