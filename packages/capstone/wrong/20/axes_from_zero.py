"""The axes begin at 0, and all accuracies fall into one line."""
# cell: scatter
# says: axes begin at the smallest|a is in the bottom left
# replace:
(max(ys) - y) / (max(ys) - min(ys) or 1)
# by:
(max(ys) - y) / (max(ys) or 1)
