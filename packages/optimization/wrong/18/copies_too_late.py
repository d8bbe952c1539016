"""The inputs are copied after the fast kernel ran."""
# cell: check
# says: puts zeros into its input|changes its input|mul
# replace:
        before = [np.copy(a) for a in arrays]

# by:

# replace:
        agree(what, got, want)
        for i
# by:
        before = [np.copy(a) for a in arrays]
        agree(what, got, want)
        for i
