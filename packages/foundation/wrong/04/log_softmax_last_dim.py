"""Always the last dim, whatever `dim` says."""
# cell: log-softmax
# says: log_softmax\(x, dim=0\)
@kernel("log_softmax")
def log_of_softmax(a, dim):
    """The logs of the softmax along `dim`, without computing a share: the same shape."""
    if a.size == 0:
        return a  # no numbers, no log of their sum
    a = shifted(a, -1)
    return a - np.log(np.add.reduce(np.exp(a), axis=-1, keepdims=True))


def log_softmax(x, dim=-1):
    """The logs of the softmax of a Tensor along `dim`, as `torch.nn.functional.log_softmax`."""
    return apply("log_softmax", x, dim=dim)
