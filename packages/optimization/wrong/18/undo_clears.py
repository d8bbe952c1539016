"""Undo empties the tables first."""
# cell: exchange
# says: both tables after undo\(\)
# replace:
            for name, entry in old.items():
# by:
            table.clear()
            for name, entry in old.items():
