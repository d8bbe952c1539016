"""The modules are not told to say when they run."""
# cell: profiler
# says: calls by module
# replace:
            if self.model is not None:
                enter(placed(log, self.model))

# by:

