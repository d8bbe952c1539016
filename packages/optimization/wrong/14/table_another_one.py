"""A new table is made, and the one that everybody uses stays as it was."""
# cell: replaced
# says: the table in the block
# replace:
    table.update({name: make(name, entry) for name, entry in before.items()})
# by:
    table = {name: make(name, entry) for name, entry in before.items()}
