"""Without a seed it takes 0: every program sees the same order, and manual_seed has no say."""
# cell: loader
# says: without a seed
# replace:
        return (int(rng.integers(2**63)),) if self.seed is None else (self.seed, self.epoch)
# by:
        return self.seed or 0, self.epoch
