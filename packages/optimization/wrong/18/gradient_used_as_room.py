"""The gradient is written over."""
# cell: adam
# says: grad afterwards|the gradient of parameter
# replace:
    np.multiply(grad, grad, out=out)
# by:
    np.multiply(grad, grad, out=grad)
    out[...] = grad
