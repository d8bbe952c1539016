"""The views reach over the gaps behind the parameters."""
# cell: adam
# says: adam|arena
# replace:
    return [given.shaped_as(p.data, row[start : start + p.size]) for start, p in pairs]
# by:
    return [given.shaped_as(p.data, row[start : start + 16]) for start, p in pairs]
