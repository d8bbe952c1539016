"""The piece behind the one that was hit."""
# cell: sampling
# says: how often each of|IndexError|broadcast
# replace:
    return (ends <= darts[:, None] * ends[:, -1:]).sum(axis=1)
# by:
    return (ends <= darts[:, None] * ends[:, -1:]).sum(axis=1) + 1
