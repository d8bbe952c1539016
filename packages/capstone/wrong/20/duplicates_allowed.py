"""The hook for pairs is missing."""
# cell: read-json
# says: "c": 2, "c": 3
# replace:
object_pairs_hook=unique_keys, 
# by:

