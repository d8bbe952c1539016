"""One end beyond 1 is taken for the whole interval."""
# cell: verdict
# says: cannot tell
# replace:
    if high < 1 / (1 + margin):
# by:
    if low < 1 / (1 + margin):
