"""The table is put back only if nothing failed."""
# cell: replaced
# says: the table afterwards
# replace:
    try:
        yield
    finally:
        table.update(before)
# by:
    yield
    table.update(before)
