"""Draws from the shared generator even when there is a seed."""
# cell: loader
# says: new loader with the same seed
# replace:
        return (int(rng.integers(2**63)),) if self.seed is None else (self.seed, self.epoch)
# by:
        return (int(rng.integers(2**63)),)
