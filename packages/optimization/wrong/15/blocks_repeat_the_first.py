"""Every block holds the first rows."""
# cell: weight-only
# says: all numbers
# replace:
        block = buffer[: stop - start]
        np.copyto(block, weight[start:stop])
# by:
        block = buffer[: stop - start]
        np.copyto(block, weight[: stop - start])
