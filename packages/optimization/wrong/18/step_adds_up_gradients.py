"""The gradients of all steps add up in the row."""
# cell: adam
# says: parameter \d after step 2
# replace:
            part[...] = p.grad.data
# by:
            part += p.grad.data
