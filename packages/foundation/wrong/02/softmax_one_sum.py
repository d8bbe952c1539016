"""One sum for the whole array instead of one for each row."""
# cell: softmax
# says: Softmax\(dim=0\)\(x\)
def shifted(a, dim):
    if a.size == 0:
        return a
    return a - np.maximum.reduce(a, axis=dim, keepdims=True)


@kernel("softmax")
def softmax(a, dim):
    e = np.exp(shifted(a, dim))
    return e / np.sum(e)


class Softmax:
    def __init__(self, dim=-1):
        self.dim = dim

    def __call__(self, x):
        return apply("softmax", x, dim=self.dim)

    def __repr__(self):
        return f"Softmax(dim={self.dim})"
