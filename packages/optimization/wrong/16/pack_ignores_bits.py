"""bits is not looked at."""
# cell: storage
# says: bits=8
# replace:
    if bits == 8:
        forms = [form | to_bytes(form["values"]) for form in forms]

# by:

