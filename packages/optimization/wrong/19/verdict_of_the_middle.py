"""The middle of the interval is judged, and not its ends."""
# cell: verdict
# says: verdict\(0.9, 1.2\)|within the margin
# replace:
    if high < 1 / (1 + margin):
# by:
    if (low + high) / 2 < 1 / (1 + margin):
# replace:
    if low > 1 + margin:
# by:
    if (low + high) / 2 > 1 + margin:
