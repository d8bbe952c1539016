"""A text of exactly LIMIT bytes is refused."""
# cell: read-json
# says: LIMIT bytes: 7 and spaces
# replace:
    if len(data) > LIMIT:
# by:
    if len(data) >= LIMIT:
