"""The gradients are not put into the row."""
# cell: adam
# says: parameter \d after step
# replace:
            part[...] = p.grad.data
# by:
            pass
