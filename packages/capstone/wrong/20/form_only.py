"""A submission whose form is right is right: the accuracy of 9,900 % passes."""
# cell: problems
# says: accuracy of 99.0 is refused
# replace:
    recomputed = derive(values["samples"])
    return [said for name in DERIVED for said in mismatches(leaves(values[name], recomputed[name], name))]
# by:
    return []
