"""Calls the kernel without its attributes."""
# cell: apply
# says: dim
# replace:
    output = run(name, arrays, attributes)
# by:
    output = run(name, arrays, {})
