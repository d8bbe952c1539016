"""Characters are counted, not bytes."""
# cell: read-json
# says: a string of .* characters
# replace:
    if len(data) > LIMIT:
# by:
    if len(source) > LIMIT:
