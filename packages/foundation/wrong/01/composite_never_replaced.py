"""Runs the parts whatever stands in the table."""
# cell: composite
# says: its operations
# replace:
        if name in kernels:
            return apply(name, *inputs, **options)
        running.append(name)
# by:
        running.append(name)
