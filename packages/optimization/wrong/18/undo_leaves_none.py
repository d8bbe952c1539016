"""Where nothing stood, undo puts None instead of removing the entry."""
# cell: exchange
# says: the entry is gone
# replace:
                if entry is None:
                    del table[name]
                else:
                    table[name] = entry
# by:
                table[name] = entry
