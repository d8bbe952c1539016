"""Arguments in another order are taken for the same."""
# cell: memoize
# says: what was kept|the calls that were made
# replace:
        if arguments not in kept:
            kept[arguments] = function(*arguments)
        return kept[arguments]
# by:
        key = tuple(sorted(arguments))
        if key not in kept:
            kept[key] = function(*arguments)
        return kept[key]
