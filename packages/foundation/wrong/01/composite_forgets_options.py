"""Hands the kernel no options."""
# cell: composite
# says: power=3
# replace:
            return apply(name, *inputs, **options)
# by:
            return apply(name, *inputs)
