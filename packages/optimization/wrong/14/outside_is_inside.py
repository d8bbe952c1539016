"""What is outside of the model counts for the model."""
# cell: totals
# says: OUTSIDE|calls by module
# replace:
    if module in ("", OUTSIDE):
        return [module]
# by:
    if module == "":
        return [module]
