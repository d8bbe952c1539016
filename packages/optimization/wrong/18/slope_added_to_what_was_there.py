"""The gradient is added to what happened to be in the array."""
# cell: max-pool
# says: slope after slope_of_tiles
# replace:
            np.multiply(g, won, out=slope[:, :, u::kh, v::kw])
# by:
            slope[:, :, u::kh, v::kw] += g * won
