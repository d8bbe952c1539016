"""Only the first table is put back."""
# cell: exchange
# says: both tables after undo\(\)
# replace:
        for table, old in reversed(self.before):
# by:
        for table, old in self.before[:1]:
