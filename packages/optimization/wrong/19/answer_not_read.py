"""The text of the answer is returned as it came."""
# cell: process
# says: the number of times in each answer
# replace:
    return json.loads(done.stdout)
# by:
    return done.stdout
