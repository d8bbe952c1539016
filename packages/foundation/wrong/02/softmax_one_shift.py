"""The largest number of the whole array is taken off: other rows become 0 / 0."""
# cell: softmax
# says: invalid value encountered in divide
def shifted(a, dim):
    if a.size == 0:
        return a
    return a - np.maximum.reduce(a, axis=dim, keepdims=True)


@kernel("softmax")
def softmax(a, dim):
    e = np.exp(a - np.max(a))
    return e / np.add.reduce(e, axis=dim, keepdims=True)


class Softmax:
    def __init__(self, dim=-1):
        self.dim = dim

    def __call__(self, x):
        return apply("softmax", x, dim=self.dim)

    def __repr__(self):
        return f"Softmax(dim={self.dim})"
