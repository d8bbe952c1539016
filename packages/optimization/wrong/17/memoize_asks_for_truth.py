"""An answer of None or 0 is taken for one that is missing."""
# cell: memoize
# says: a function whose answer is None|the calls that were made for it
# replace:
        if arguments not in kept:
            kept[arguments] = function(*arguments)
        return kept[arguments]
# by:
        if not kept.get(arguments):
            kept[arguments] = function(*arguments)
        return kept[arguments]
