"""Records every operation, whether a gradient is needed or not."""
# cell: record
# says: does not require one|requires_grad
# replace:
    if not any(wanted):
        return

# by:

# replace:
        result.requires_grad = True
    ### END
# by:
        pass
    ### END
# replace:
    edges = [(x._node
# by:
    result.requires_grad = True
    edges = [(x._node
