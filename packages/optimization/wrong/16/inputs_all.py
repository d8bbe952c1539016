"""The next layer keeps all inputs."""
# cell: shrink
# says: inputs_that_stay\(Linear\(3, 2\), T F T\)
# replace:
    return np.repeat(keep, n // len(keep))
# by:
    return np.ones(n, bool)
