"""The axes begin at 0, and all accuracies fall into one line."""
# cell: scatter
# says: axes begin at the smallest|a stands at the bottom
# replace:
(max(ys) - y) / (max(ys) - min(ys) or 1)
# by:
(max(ys) - y) / (max(ys) or 1)
