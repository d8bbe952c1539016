"""The outer exchange may be undone first."""
# cell: exchange
# says: undo\(\) of the outer one first
# replace:
        if Exchange.opened[-1] is not self:
            raise RuntimeError("an exchange that was made inside of this one is open: undo that one first")

# by:

# replace:
        Exchange.opened.pop()
# by:
        Exchange.opened.remove(self)
