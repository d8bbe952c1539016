"""An exchange that was undone still counts as open."""
# cell: exchange
# says: exchanges that are open|second undo|original
# replace:
        Exchange.opened.pop()

# by:

