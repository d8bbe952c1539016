"""Undo empties the tables first."""
# cell: exchange
# says: both tables after undo\(\)
# replace:
            table.update(old)
# by:
            table.clear()
            table.update(old)
