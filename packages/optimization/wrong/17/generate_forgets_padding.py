"""Without a cache the filling is read as text."""
# cell: generate
# says: cache=False\), the text
# replace:
without_cache(model, rows[:, :end], padding)
# by:
without_cache(model, rows[:, :end], None)
