"""Half of the square, as some textbooks have it."""
# cell: mse
# says: MSELoss\(\)
# says: got +1\.75
# replace:
        return self.reduce(difference * difference)
# by:
        return self.reduce(difference * difference * 0.5)
