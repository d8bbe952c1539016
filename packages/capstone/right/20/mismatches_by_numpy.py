"""NumPy's isclose with no absolute tolerance."""
# cell: mismatches
# function: leaves
inner = recomputed.items() if isinstance(recomputed, dict) else enumerate(recomputed) if isinstance(recomputed, list) else None
if inner is None:
    yield field, reported, recomputed
    return
for key, value in inner:
    name = f"{field}.{key}" if isinstance(recomputed, dict) else f"{field}[{key}]"
    yield from leaves(reported[key], value, name)
# function: same
if type(recomputed) in (int, float):
    return bool(np.isclose(reported, recomputed, rtol=1e-9, atol=0))
return reported == recomputed
# function: mismatches
def sentence(field, reported, recomputed):
    return f"{field}: reported {reported}, recomputed {recomputed}"

return [sentence(*comparison) for comparison in comparisons if same(comparison[1], comparison[2]) is False]
