"""What is inside a module does not count for it."""
# cell: profiler
# says: calls by module
# replace:
        return totals_by(chosen, lambda r: enclosing(r.module))
# by:
        return totals_by(chosen, lambda r: [r.module])
