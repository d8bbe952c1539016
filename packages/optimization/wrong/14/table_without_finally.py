"""The table is put back only if nothing failed."""
# cell: exchanged
# says: the table afterwards
# replace:
    try:
        yield
    finally:
        table.update(before)
# by:
    yield
    table.update(before)
