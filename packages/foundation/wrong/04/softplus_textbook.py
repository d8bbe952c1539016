"""log(1 + exp(x)) as it stands: overflow on the right."""
# cell: bce
# says: softplus\(\[-1000, .*overflow encountered in exp
# replace:
    return np.maximum(a, 0) + np.log1p(np.exp(-np.abs(a)))
# by:
    return np.log(1 + np.exp(a))
