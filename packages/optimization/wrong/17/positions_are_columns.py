"""The place of a token is its column, padded or not."""
# cell: places
# says: positions_after\(0, 4, padding
# replace:
    return columns if padding is None else np.maximum(columns - padding[:, None], 0)
# by:
    return columns if padding is None else np.tile(columns, (len(padding), 1))
