"""tanh from the sigmoid: all digits of small numbers are lost by cancellation."""
# cell: tanh
# says: near zero tanh\(x\) is x
@kernel("tanh")
def tanh(a):
    return 2 * sigmoid(2 * a) - 1


class Tanh:
    def __call__(self, x):
        return apply("tanh", x)

    def __repr__(self):
        return "Tanh()"
