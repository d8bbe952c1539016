"""Leaves tracemalloc running after an error."""
# cell: instruments
# says: tracemalloc is off
# replace:
    try:
        function()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
# by:
    function()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return peak
