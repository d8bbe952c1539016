"""The sigmoid of the textbook, whose exponential overflows on the left."""
# cell: sigmoid
# says: -1000, .*overflow encountered in exp
@kernel("sigmoid")
def sigmoid(a):
    return 1 / (1 + np.exp(-a))


class Sigmoid:
    def __call__(self, x):
        return apply("sigmoid", x)

    def __repr__(self):
        return "Sigmoid()"
