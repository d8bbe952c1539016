"""A key that occurs twice with the same value passes."""
# cell: strict
# says: unique_keys\(
# replace:
        if key in found:
# by:
        if key in found and found[key] != value:
