"""The first problem alone is reported."""
# cell: problems
# says: both wrong improvements
# replace:
    return [said for name in DERIVED for said in mismatches(leaves(values[name], recomputed[name], name))]
# by:
    return [said for name in DERIVED for said in mismatches(leaves(values[name], recomputed[name], name))][:1]
