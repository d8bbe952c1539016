"""The message does not say on which shapes."""
# cell: check
# says: \(1, 3\)|on \(2, 3\)
# replace:
 on {given.shapes_of(arrays)}"
        copies
# by:
"
        copies
