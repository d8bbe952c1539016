"""A match statement for the kinds of values."""
# cell: mismatches
# function: leaves
match follows:
    case dict():
        for key, value in follows.items():
            yield from leaves(stands[key], value, field + "." + key)
    case list():
        for i in range(len(follows)):
            yield from leaves(stands[i], follows[i], field + f"[{i}]")
    case _:
        yield (field, stands, follows)
# function: same
try:
    return math.isclose(stands, follows, rel_tol=1e-9, abs_tol=0.0)
except TypeError:
    return bool(stands == follows)
# function: mismatches
return [
    "{}: {} stands there, {} follows".format(*claim)
    for claim in claims
    if not same(*claim[1:])
]
