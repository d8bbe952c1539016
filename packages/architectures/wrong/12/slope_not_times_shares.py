"""The last product with the shares is missing."""
# cell: attention-gradients
# says: scores_gradient\(g, v, weights\)
# replace:
    slope *= weights

# by:

