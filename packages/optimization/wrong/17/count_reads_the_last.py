"""The last token counts as a place, though nothing comes after it."""
# cell: count
# says: places_with\(1, 100\)
# replace:
    return prompt + new - 1 if new else 0
# by:
    return prompt + new
