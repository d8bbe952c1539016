"""The parts of a path are taken for names of modules."""
# cell: totals
# says: enclosing
# replace:
    return ["", *(".".join(parts[: i + 1]) for i in range(len(parts)))]
# by:
    return ["", *parts]
