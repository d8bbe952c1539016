"""A match statement for the kinds of values."""
# cell: mismatches
# function: leaves
match recomputed:
    case dict():
        for key, value in recomputed.items():
            yield from leaves(reported[key], value, field + "." + key)
    case list():
        for i in range(len(recomputed)):
            yield from leaves(reported[i], recomputed[i], field + f"[{i}]")
    case _:
        yield (field, reported, recomputed)
# function: same
try:
    return math.isclose(reported, recomputed, rel_tol=1e-9, abs_tol=0.0)
except TypeError:
    return bool(reported == recomputed)
# function: mismatches
return [
    "{}: reported {}, recomputed {}".format(*comparison)
    for comparison in comparisons
    if not same(*comparison[1:])
]
