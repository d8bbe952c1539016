"""What is kept is not divided by 1 - p."""
# cell: dropout
# says: what is kept of 3
# says: wanted.*4
class Dropout(Module):
    """Sets each number to 0 with probability p while `training`, as `torch.nn.Dropout`."""

    def __init__(self, p=0.5):
        if not 0 <= p <= 1:
            raise ValueError(f"p is a probability, 0 to 1, not {p}")
        self.p = p

    def forward(self, x):
        if not self.training or self.p == 0:
            return x
        if self.p == 1:
            return x * 0
        keep = rng.random(x.shape, np.float32) >= self.p
        return x * wrap(keep.astype(np.float32))

    def extra_repr(self):
        return f"p={self.p}"
