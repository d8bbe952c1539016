"""Each block takes new memory."""
# cell: weight-only
# says: all are in one buffer
# replace:
        block = buffer[: stop - start]
        np.copyto(block, weight[start:stop])
# by:
        block = weight[start:stop].astype(dtype)
