"""Only the first argument is the key."""
# cell: memoize
# says: add\(1, 2\)|what was kept
# replace:
        if arguments not in kept:
            kept[arguments] = function(*arguments)
        return kept[arguments]
# by:
        if arguments[:1] not in kept:
            kept[arguments[:1]] = function(*arguments)
        return kept[arguments[:1]]
