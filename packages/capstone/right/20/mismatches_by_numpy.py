"""NumPy's isclose with no absolute tolerance."""
# cell: mismatches
# function: leaves
inner = follows.items() if isinstance(follows, dict) else enumerate(follows) if isinstance(follows, list) else None
if inner is None:
    yield field, stands, follows
    return
for key, value in inner:
    name = f"{field}.{key}" if isinstance(follows, dict) else f"{field}[{key}]"
    yield from leaves(stands[key], value, name)
# function: same
if type(follows) in (int, float):
    return bool(np.isclose(stands, follows, rtol=1e-9, atol=0))
return stands == follows
# function: mismatches
def sentence(field, stands, follows):
    return f"{field}: {stands} stands there, {follows} follows"

return [sentence(*claim) for claim in claims if same(claim[1], claim[2]) is False]
