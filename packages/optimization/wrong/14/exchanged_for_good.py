"""The tables are exchanged without a way back."""
# cell: profiler
# says: both tables
# replace:
            stack.enter_context(exchanged(kernels, partial(timed_kernel, self.log)))
# by:
            kernels.update({name: timed_kernel(self.log, name, kernel) for name, kernel in kernels.items()})
