"""A mark of its own for a key that was not seen."""
# cell: strict
# function: unique_keys
found, unseen = {}, object()
for key, value in pairs:
    if found.get(key, unseen) is not unseen:
        raise ValueError(f"twice: {key}")
    found[key] = value
return found
# function: finite_number
value = float(text)
if np.isfinite(value):
    return value
raise ValueError(f"a number must be finite, and {text} is not")
