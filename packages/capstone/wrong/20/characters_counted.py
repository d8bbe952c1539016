"""Characters are counted, not bytes."""
# cell: read-json
# says: a text of .* characters
# replace:
    if len(data) > LIMIT:
# by:
    if len(source) > LIMIT:
