"""eps is added to the deviation, not to the variance."""
# cell: batch-norm
# says: divided by the root of 9.*got.*0\.42857
# replace:
    scale = weight / np.sqrt(variance + eps)
# by:
    scale = weight / (np.sqrt(variance) + eps)
