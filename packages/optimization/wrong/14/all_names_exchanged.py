"""Every entry is exchanged, also where names are given."""
# cell: exchanged
# says: one of the names
# replace:
    before = {name: table[name] for name in names or table}
# by:
    before = dict(table)
