"""The sigmoid as a stretched tanh: small probabilities become 0 by cancellation."""
# cell: sigmoid
# says: log\(\), x = \[-20, -60\]: a small probability is not 0.*inf
@kernel("sigmoid")
def sigmoid(a):
    return 0.5 * (1 + np.tanh(a / 2))


class Sigmoid:
    def __call__(self, x):
        return apply("sigmoid", x)

    def __repr__(self):
        return "Sigmoid()"
