"""A parameter that is listed twice gets its last number."""
# cell: state
# says: over all groups|has one number
# replace:
    number = {}
    for group in param_groups:
        for p in group["params"]:
            number.setdefault(p, len(number))
# by:
    number = {p: i for i, p in enumerate(p for group in param_groups for p in group["params"])}
