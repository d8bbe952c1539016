"""The whole weight is one block."""
# cell: weight-only
# says: a block has no more, or is one row
# replace:
        block = buffer[: stop - start]
        np.copyto(block, weight[start:stop])
        yield slice(start, stop), block
# by:
        pass
    yield slice(0, len(weight)), weight.astype(dtype)
