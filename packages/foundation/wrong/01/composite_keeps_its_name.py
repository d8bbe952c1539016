"""Leaves its name in `running` when a part fails."""
# cell: composite
# says: running
# replace:
        running.append(name)
        try:
            return function(*inputs, **options)
        finally:
            running.pop()
# by:
        running.append(name)
        result = function(*inputs, **options)
        running.pop()
        return result
