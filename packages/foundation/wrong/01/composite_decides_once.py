"""Looks for the kernel when the function is defined, and never again."""
# cell: composite
# says: with a kernel of its own|its operations
# replace:
    composites[name] = function

    @functools.wraps(function)
    def operation(*inputs, **options):
# by:
    composites[name] = function
    known = name in kernels

    @functools.wraps(function)
    def operation(*inputs, **options):
# replace:
        if name in kernels:
# by:
        if known:
