"""The margin is subtracted instead of divided by: turning a and b round does not turn the verdict."""
# cell: verdict
# says: margin=0.1
# replace:
    if high < 1 / (1 + margin):
# by:
    if high < 1 - margin:
