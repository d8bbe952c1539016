"""log(1 + exp(x)) as it stands: overflow on the right."""
# cell: bce
# says: softplus\(\[-1000, .*overflow encountered in exp
# replace:
    return np.maximum(x, 0) + np.log1p(np.exp(-np.abs(x)))
# by:
    return np.log(1 + np.exp(x))
