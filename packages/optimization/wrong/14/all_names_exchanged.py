"""Every entry is replaced, also where names are given."""
# cell: replaced
# says: one of the names
# replace:
    before = {name: table[name] for name in names or table}
# by:
    before = dict(table)
