"""The exchange is not noted as open, so undo does nothing."""
# cell: exchange
# says: after undo\(\)|exchange
# replace:
        Exchange.opened.append(self)

# by:

