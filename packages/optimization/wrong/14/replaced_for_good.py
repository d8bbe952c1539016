"""The kernels are replaced and never put back."""
# cell: profiler
# says: both tables
# replace:
            enter(replaced(kernels, partial(timed_kernel, log)))
# by:
            kernels.update({name: timed_kernel(log, name, old) for name, old in kernels.items()})
