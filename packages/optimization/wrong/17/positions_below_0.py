"""The places of the filling are below 0."""
# cell: places
# says: positions_after\(0, 4, padding
# replace:
np.maximum(columns - padding[:, None], 0)
# by:
columns - padding[:, None]
