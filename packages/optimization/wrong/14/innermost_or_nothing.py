"""Looks at the innermost module only, which may have no name."""
# cell: timed-kernel
# says: innermost
# replace:
    for module in reversed(modules):
        if id(module) in names:
            return names[id(module)]
    return OUTSIDE
# by:
    return names.get(id(modules[-1]), OUTSIDE) if modules else OUTSIDE
