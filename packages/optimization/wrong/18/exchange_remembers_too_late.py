"""What stood there is remembered after it was exchanged."""
# cell: exchange
# says: both tables after undo\(\)|the table after
# replace:
        self.before = [(table, {name: table.get(name) for name in new}) for table, new in changes]
        for table, new in changes:
            table.update(new)
# by:
        for table, new in changes:
            table.update(new)
        self.before = [(table, {name: table.get(name) for name in new}) for table, new in changes]
