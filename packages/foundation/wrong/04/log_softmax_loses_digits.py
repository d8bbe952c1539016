"""The shift is added back to the log before the subtraction: digits are rounded away."""
# cell: log-softmax
# says: log_softmax\(\[1000000, 1000001\]\): as for \[0, 1\]
@kernel("log_softmax")
def log_of_softmax(a, dim):
    """The logs of the softmax along `dim`, without computing a share: the same shape."""
    if a.size == 0:
        return a  # no numbers, no log of their sum
    top = np.max(a, axis=dim, keepdims=True)
    return a - (top + np.log(np.sum(np.exp(a - top), axis=dim, keepdims=True)))


def log_softmax(x, dim=-1):
    """The logs of the softmax of a Tensor along `dim`, as `torch.nn.functional.log_softmax`."""
    return apply("log_softmax", x, dim=dim)
