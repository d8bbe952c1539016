"""Lists are compared as a whole, and no entry is named."""
# cell: mismatches
# says: fields of leaves
# replace:
    elif isinstance(follows, list):
        for i, (one, other) in enumerate(zip(stands, follows, strict=True)):
            yield from leaves(one, other, f"{field}[{i}]")
# by:

