"""The other form of the sigmoid, inf / inf on the right."""
# cell: sigmoid
# says: 1000, inf.*overflow encountered in exp
@kernel("sigmoid")
def sigmoid(a):
    return np.exp(a) / (1 + np.exp(a))


class Sigmoid:
    def __call__(self, x):
        return apply("sigmoid", x)

    def __repr__(self):
        return "Sigmoid()"
