"""Wraps the kernel's output as it is."""
# cell: apply
# says: float64
# replace:
    result = wrap(as_float32(output, arrays))
# by:
    result = wrap(np.asarray(output))
