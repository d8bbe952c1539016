"""The list that was handed in is changed."""
# cell: merge
# says: the list afterwards
# replace:
    while i < len(ids):
        found = tuple(ids[i : i + 2]) == pair
        out.append(new if found else ids[i])
        i += 2 if found else 1
# by:
    while i < len(ids) - 1:
        if tuple(ids[i : i + 2]) == pair:
            ids[i : i + 2] = [new]
        i += 1
    out = ids
