"""Darts are compared with the shares, not with the ends of the pieces."""
# cell: sampling
# says: how often each of
# replace:
    ends = np.cumsum(shares, axis=1)
    return (ends <= darts[:, None] * ends[:, -1:]).sum(axis=1)
# by:
    return (shares <= darts[:, None]).sum(axis=1) % shares.shape[1]
