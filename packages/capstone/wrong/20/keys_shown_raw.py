"""The key stands in the message as it came, control characters and all."""
# cell: strict
# says: control character
# function: unique_keys
found: dict[str, Any] = {}
for key, value in pairs:
    if key in found:
        raise ValueError(f"the key '{key}' occurs twice in one object")
    found[key] = value
return found
