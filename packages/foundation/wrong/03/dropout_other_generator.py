"""NumPy's own generator is used: manual_seed does not repeat the run."""
# cell: dropout
# says: after the same manual_seed
# replace:
        keep = rng.random(x.shape, np.float32) >= self.p
# by:
        keep = np.random.rand(*x.shape) >= self.p
