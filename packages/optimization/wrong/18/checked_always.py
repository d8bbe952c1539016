"""Every call computes the original again."""
# cell: check
# says: the shapes that the original was called with
# replace:
        met.add(case)

# by:

