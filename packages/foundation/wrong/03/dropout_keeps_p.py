"""p is taken for the share that is kept."""
# cell: dropout
# says: fraction of zeros
# says: 0.7
# replace:
        keep = rng.random(x.shape, np.float32) >= self.p
# by:
        keep = rng.random(x.shape, np.float32) < self.p
