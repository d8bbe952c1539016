"""The whole of what the confidence leaves over is cut off at each end."""
# cell: bootstrap
# says: in such a share
# replace:
(1 - confidence) / 2
# by:
1 - confidence
