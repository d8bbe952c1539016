"""What the block has entered is thrown away."""
# cell: replaced
# says: an entry that the block made
# replace:
    finally:
        table.update(before)
# by:
    finally:
        table.clear()
        table.update(before)
