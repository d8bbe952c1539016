"""Whether a key was seen is asked of its value, which may be None or 0."""
# cell: strict
# says: unique_keys\(\[\('a', None\)
# replace:
        if key in found:
# by:
        if found.get(key):
