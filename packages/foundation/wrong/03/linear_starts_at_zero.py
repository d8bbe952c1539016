"""All weights start at 0: all outputs are equal and stay so."""
# cell: linear-layer
# says: weight of Linear\(400, 200\) reaches nearly.*largest is 0
def whole_size(n, what):
    """`n` if it is a whole number above 0; otherwise TypeError or ValueError."""
    if not isinstance(n, (int, np.integer)):
        raise TypeError(f"{what} is a whole number, not {n!r}")
    if n < 1:
        raise ValueError(f"{what} is at least 1, not {n}")
    return n


class Linear(Module):
    """x @ weight.T + bias, as `torch.nn.Linear`: (..., in_features) gives (..., out_features)."""

    def __init__(self, in_features, out_features, bias=True):
        self.in_features = whole_size(in_features, "in_features")
        self.out_features = whole_size(out_features, "out_features")
        bound = 1 / math.sqrt(in_features)
        self.weight = Parameter(zeros(in_features, out_features).T)
        self.bias = uniform_(Parameter(zeros(out_features)), -bound, bound) if bias else None

    def forward(self, x):
        if self.bias is None:
            return apply("linear", x, self.weight)
        return apply("linear", x, self.weight, self.bias)

    def extra_repr(self):
        sizes = f"in_features={self.in_features}, out_features={self.out_features}"
        return f"{sizes}, bias={self.bias is not None}"
