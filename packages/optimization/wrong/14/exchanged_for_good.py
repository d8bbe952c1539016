"""The function of the door is exchanged without a way back."""
# cell: profiler
# says: both functions
# replace:
            enter(exchanged(vars(door), lambda _, old: timed_run(log, old), "run"))
# by:
            door.run = timed_run(log, door.run)
