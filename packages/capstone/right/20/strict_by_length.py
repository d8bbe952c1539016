"""A dict that is shorter than its pairs has lost a key."""
# cell: strict
# function: unique_keys
found = dict(pairs)
if len(found) < len(pairs):
    seen = set()
    twice = [key for key, _ in pairs if key in seen or seen.add(key)]
    raise ValueError(f"a key occurs twice: {twice[0]}")
return found
# function: finite_number
if abs(float(text)) < math.inf:
    return float(text)
raise ValueError("not finite: " + text)
