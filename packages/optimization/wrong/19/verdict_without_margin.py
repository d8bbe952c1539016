"""The margin is left out."""
# cell: verdict
# says: within the margin
# replace:
    if high < 1 / (1 + margin):
# by:
    if high < 1:
# replace:
    if low > 1 + margin:
# by:
    if low > 1:
