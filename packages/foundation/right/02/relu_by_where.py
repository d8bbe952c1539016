"""Chooses with np.where; nan stays."""
# cell: relu
# function: relu
return np.where(a < 0, np.zeros_like(a), a)
