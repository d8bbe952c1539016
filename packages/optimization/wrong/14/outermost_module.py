"""The outermost module that has a name, not the innermost."""
# cell: timed-kernel
# says: innermost
# replace:
    for module in reversed(modules):
# by:
    for module in modules:
