"""tanh as its definition says, inf / inf at both ends."""
# cell: tanh
# says: 100, 1000.*overflow encountered in exp
@kernel("tanh")
def tanh(a):
    return (np.exp(a) - np.exp(-a)) / (np.exp(a) + np.exp(-a))


class Tanh:
    def __call__(self, x):
        return apply("tanh", x)

    def __repr__(self):
        return "Tanh()"
