"""The reduction "none" gives one number."""
# cell: mse
# says: MSELoss\("none"\)
# says: shape
# replace:
    if reduction == "none":
        return costs

# by:

