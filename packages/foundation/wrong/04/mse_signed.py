"""Differences are not squared: misses in both directions cancel."""
# cell: mse
# says: MSELoss\(\)\(\[\[1, 2\].*wanted +3.5
# replace:
        return self.reduce(difference * difference)
# by:
        return self.reduce(difference)
