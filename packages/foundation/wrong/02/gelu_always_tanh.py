"""The cheap form of GELU for both."""
# cell: gelu
# says: GELU\(\)\(x\).*nearly right
def erf(a):
    b = np.minimum(np.abs(a), 6)
    t = 1 / (1 + 0.3275911 * b)
    series = 0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429)))
    return np.sign(a) * (1 - t * series * np.exp(-b * b))


@kernel("gelu")
def gelu(a, approximate="none"):
    b = np.minimum(np.maximum(a, -10), 10)
    return a * 0.5 * (1 + np.tanh(math.sqrt(2 / math.pi) * (b + 0.044715 * b * b * b)))


class GELU:
    def __init__(self, approximate="none"):
        if approximate not in ("none", "tanh"):
            raise ValueError(f"approximate is 'none' or 'tanh', not {approximate!r}")
        self.approximate = approximate

    def __call__(self, x):
        return apply("gelu", x, approximate=self.approximate)

    def __repr__(self):
        return f"GELU(approximate={self.approximate!r})"
