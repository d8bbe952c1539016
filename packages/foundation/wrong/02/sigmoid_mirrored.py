"""The sign of the exponent is forgotten: the probability of a no."""
# cell: sigmoid
# says: the values are 1 minus what is wanted
@kernel("sigmoid")
def sigmoid(a):
    return np.exp(np.minimum(-a, 0)) / (1 + np.exp(-np.abs(a)))


class Sigmoid:
    def __call__(self, x):
        return apply("sigmoid", x)

    def __repr__(self):
        return "Sigmoid()"
