"""Shuffles whether it is asked to or not."""
# cell: loader
# says: its labels
# replace:
        return np.random.default_rng(seed).permutation(n) if self.shuffle else np.arange(n)
# by:
        return np.random.default_rng(seed).permutation(n)
