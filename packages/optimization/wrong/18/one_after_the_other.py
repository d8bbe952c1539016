"""No thread is asked: the caller does it all."""
# cell: threads
# says: more than one thread took part
# replace:
    waiting = [given.submit(function, item) for item in items[1:]]
    try:
        function(items[0])
# by:
    waiting = []
    try:
        for item in items:
            function(item)
