"""Nested values by a list of what is still to visit."""
# cell: mismatches
# function: leaves
waiting = [(field, stands, follows)]
while waiting:
    name, one, other = waiting.pop(0)
    if isinstance(other, dict):
        waiting[:0] = [(f"{name}.{key}", one[key], other[key]) for key in other]
    elif isinstance(other, list):
        waiting[:0] = [(f"{name}[{i}]", one[i], other[i]) for i in range(len(other))]
    else:
        yield name, one, other
# function: same
if isinstance(follows, str):
    return stands == follows
return abs(stands - follows) <= 1e-9 * max(abs(stands), abs(follows))
# function: mismatches
found = []
for field, stands, follows in claims:
    if not same(stands, follows):
        found.append(f"{field}: {stands} stands there, {follows} follows")
return found
