"""Only the last key of an object is looked for twice."""
# cell: strict
# says: unique_keys
# function: unique_keys
keys = [key for key, _ in pairs]
if keys and keys.count(keys[-1]) > 1:
    raise ValueError(f"the key {helpers.shown(keys[-1])} occurs twice in one object")
return dict(pairs)
