"""The shares are right and in an array of their own."""
# cell: one-operation
# says: the shares are in the array that held the scores
# replace:
    np.exp(scores, out=scores)

# by:
    scores = np.exp(scores)

