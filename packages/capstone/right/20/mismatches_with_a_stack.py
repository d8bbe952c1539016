"""Nested values by a list of what is still to visit."""
# cell: mismatches
# function: leaves
waiting = [(field, reported, recomputed)]
while waiting:
    name, one, other = waiting.pop(0)
    if isinstance(other, dict):
        waiting[:0] = [(f"{name}.{key}", one[key], other[key]) for key in other]
    elif isinstance(other, list):
        waiting[:0] = [(f"{name}[{i}]", one[i], other[i]) for i in range(len(other))]
    else:
        yield name, one, other
# function: same
if isinstance(recomputed, str):
    return reported == recomputed
return abs(reported - recomputed) <= 1e-9 * max(abs(reported), abs(recomputed))
# function: mismatches
found = []
for field, reported, recomputed in comparisons:
    if not same(reported, recomputed):
        found.append(f"{field}: reported {reported}, recomputed {recomputed}")
return found
