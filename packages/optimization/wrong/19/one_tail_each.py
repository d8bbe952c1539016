"""The whole of what the confidence leaves over is cut off at each end."""
# cell: bootstrap
# says: two tails
# replace:
(1 - confidence) / 2
# by:
1 - confidence
