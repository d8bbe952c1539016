"""One decision for a whole row instead of one for each number."""
# cell: dropout
# says: fraction of zeros|mean afterwards|ValueError|IndexError|same places
# replace:
        keep = rng.random(x.shape, np.float32) >= self.p
# by:
        keep = rng.random((*x.shape[:-1], 1), np.float32) >= self.p
