"""A record does not count for the model as a whole."""
# cell: totals
# says: enclosing
# replace:
    return ["", *(".".join(parts[: i + 1]) for i in range(len(parts)))]
# by:
    return [".".join(parts[: i + 1]) for i in range(len(parts))]
