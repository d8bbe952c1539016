"""A field is named by its last key alone."""
# cell: mismatches
# says: fields of leaves
# replace:
f"{field}.{key}"
# by:
key
