"""Nothing is drawn: always the largest share."""
# cell: sampling
# says: how often each of
# replace:
    ends = np.cumsum(shares, axis=1)
    return (ends <= darts[:, None] * ends[:, -1:]).sum(axis=1)
# by:
    return shares.argmax(axis=1)
