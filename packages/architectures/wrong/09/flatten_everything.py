"""The pictures of a batch are flattened into one row."""
# cell: flatten
# says: Flatten\(\)\(x\), x \(2, 3, 4, 5\)
# replace:
        return x.reshape(*x.shape[:start], math.prod(x.shape[start : end + 1]), *x.shape[end + 1 :])
# by:
        return x.reshape(-1)
