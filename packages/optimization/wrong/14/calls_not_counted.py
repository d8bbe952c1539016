"""The calls are not counted."""
# cell: totals
# says: the totals of linear
# replace:
        self.calls += 1

# by:

