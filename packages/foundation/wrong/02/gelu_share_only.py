"""The share without the number that it is a share of."""
# cell: gelu
# says: difference at \[0\]: wanted -0.0455
def erf(a):
    b = np.minimum(np.abs(a), 6)
    t = 1 / (1 + 0.3275911 * b)
    series = 0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429)))
    return np.sign(a) * (1 - t * series * np.exp(-b * b))


@kernel("gelu")
def gelu(a, approximate="none"):
    b = np.minimum(np.maximum(a, -10), 10)
    if approximate == "tanh":
        return 0.5 * (1 + np.tanh(math.sqrt(2 / math.pi) * (b + 0.044715 * b * b * b)))
    return 0.5 * (1 + erf(b / math.sqrt(2)))


class GELU:
    def __init__(self, approximate="none"):
        if approximate not in ("none", "tanh"):
            raise ValueError(f"approximate is 'none' or 'tanh', not {approximate!r}")
        self.approximate = approximate

    def __call__(self, x):
        return apply("gelu", x, approximate=self.approximate)

    def __repr__(self):
        return f"GELU(approximate={self.approximate!r})"
