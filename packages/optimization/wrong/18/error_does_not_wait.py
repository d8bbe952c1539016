"""After an error of its own the caller leaves at once."""
# cell: threads
# says: the items that were done when side_by_side of three items, where item 0 fails
# replace:
    try:
        function(items[0])
    finally:
        problems = [done.exception() for done in waiting]
# by:
    function(items[0])
    problems = [done.exception() for done in waiting]
