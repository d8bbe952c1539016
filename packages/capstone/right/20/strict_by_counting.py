"""Keys are counted."""
# cell: strict
# function: unique_keys
keys = [key for key, _ in pairs]
for key in keys:
    if keys.count(key) > 1:
        raise ValueError(f"{key!r} occurs twice")
return dict(pairs)
# function: finite_number
value = float(text)
if value in (math.inf, -math.inf) or value != value:
    raise ValueError(f"{text} is no finite number")
return value
