"""One shape stands for all."""
# cell: check
# says: the shapes that the original was called with|\(5,\)
# replace:
        if case in met:
# by:
        if met:
