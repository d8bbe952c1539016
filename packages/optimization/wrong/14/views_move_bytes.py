"""A view is charged as if its numbers had been copied."""
# cell: bytes-of
# says: a view
# replace:
        if is_view(result, arrays[0]):
            return 0

# by:

