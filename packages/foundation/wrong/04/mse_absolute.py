"""The difference itself is taken, not its square."""
# cell: mse
# says: MSELoss\(\)\(\[\[1, 2\].*wanted +3.5.*got +1.5
# replace:
        return self.reduce(difference * difference)
# by:
        return self.reduce(abs(difference))
