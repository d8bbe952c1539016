"""The answer is kept and computed again all the same."""
# cell: memoize
# says: the calls that were made for it
# replace:
        if arguments not in kept:
            kept[arguments] = function(*arguments)
        return kept[arguments]
# by:
        kept[arguments] = function(*arguments)
        return kept[arguments]
