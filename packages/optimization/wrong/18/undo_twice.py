"""A second undo puts the old functions back once more."""
# cell: exchange
# says: after a second undo\(\)
# replace:
        if self not in Exchange.opened:
            return

# by:

# replace:
        Exchange.opened.pop()
# by:
        if self in Exchange.opened:
            Exchange.opened.remove(self)
# replace:
        if Exchange.opened[-1] is not self:
# by:
        if Exchange.opened and Exchange.opened[-1] is not self:
