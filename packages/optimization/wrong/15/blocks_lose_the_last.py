"""The last block, which is shorter, is forgotten."""
# cell: weight-only
# says: the rows, one after another
# replace:
    for start in range(0, len(weight), step):
# by:
    for start in range(0, len(weight) - step + 1, step):
