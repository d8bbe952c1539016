"""A record counts for its own module and for none around it."""
# cell: totals
# says: enclosing
# replace:
    return ["", *(".".join(parts[: i + 1]) for i in range(len(parts)))]
# by:
    return [module]
