"""Lists are compared as a whole, and no entry is named."""
# cell: mismatches
# says: fields of leaves
# replace:
    elif isinstance(recomputed, list):
        for i, (one, other) in enumerate(zip(reported, recomputed, strict=True)):
            yield from leaves(one, other, f"{field}[{i}]")
# by:

