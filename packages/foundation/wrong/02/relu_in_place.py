"""ReLU writes its zeros into the input."""
# cell: relu
# says: x after ReLU\(\)\(x\).*not to be changed
# replace:
    return np.maximum(a, 0)
# by:
    a[a < 0] = 0
    return a
