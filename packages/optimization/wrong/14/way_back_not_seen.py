"""The functions of the way back are left as they are."""
# cell: profiler
# says: calls and FLOPs by operation|calls by module
# replace:
            enter(exchanged(vars(autograd), lambda _, old: timed_gradients(log, old), "gradient_functions"))

# by:

