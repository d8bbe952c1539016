"""The loss is not returned."""
# cell: masks
# says: NoneType
# replace:
        return loss

# by:


