"""The old table is remembered by its name only, so the stand-ins are put back."""
# cell: replaced
# says: after the inner block|after both|the table in a block
# replace:
    before = {name: table[name] for name in names or table}
# by:
    before = table
