"""tanh from the sigmoid: all digits of small numbers are lost by cancellation."""
# cell: tanh
# says: near zero tanh\(x\) is x
# replace:
@kernel("tanh", floats=True)
# by:
@kernel("tanh")
# replace:
    return np.tanh(a)
# by:
    return 2 * sigmoid(2 * a) - 1
