"""The inputs are copied after the fast kernel ran."""
# cell: check
# says: puts zeros into its input|changes its input|mul
# replace:
        copies = [copy.copy(a) for a in arrays]

# by:

# replace:
        got = fast(*copies, **attributes)
# by:
        got = fast(*arrays, **attributes)
        copies = [copy.copy(a) for a in arrays]
