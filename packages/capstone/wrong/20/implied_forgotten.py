"""The counts and hashes that follow from others are not looked at."""
# cell: problems
# says: false count
# replace:
    if not problems:
        problems = mismatches(implied(values))
    if problems:
        return problems
    follows
# by:
    if problems:
        return problems
    follows
