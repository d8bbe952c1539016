"""What is kept is not divided by 1 - p."""
# cell: dropout
# says: what is kept of 3
# says: wanted.*4
# replace:
        return x * wrap(keep * np.float32(1 / (1 - self.p)))
# by:
        return x * wrap(keep.astype(np.float32))
