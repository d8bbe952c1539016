"""The sides take turns, always a first."""
# cell: compare
# says: who took samples
# replace:
        for side in order:
# by:
        for side in (0, 1):
