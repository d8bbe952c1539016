"""Where windows overlap, a pixel keeps the gradient of one of them."""
# cell: max-pool
# says: the windows overlap
# replace:
            there += g * won
# by:
            np.copyto(there, g, where=won)
