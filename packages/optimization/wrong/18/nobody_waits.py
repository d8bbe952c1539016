"""The call ends before the threads have ended."""
# cell: threads
# says: when side_by_side has ended
# replace:
        problems = [done.exception() for done in waiting]
# by:
        problems = [done.exception() for done in waiting if done.done()]
