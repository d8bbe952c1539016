"""What is kept is divided by p."""
# cell: dropout
# says: what is kept of 3
# says: 12
# replace:
        return x * wrap(keep * np.float32(1 / (1 - self.p)))
# by:
        return x * wrap(keep * np.float32(1 / self.p))
