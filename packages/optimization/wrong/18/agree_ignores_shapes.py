"""A result of another shape passes if it broadcasts."""
# cell: check
# says: agree of shapes
# replace:
(got.shape, got.dtype) != (want.shape, want.dtype)
# by:
got.dtype != want.dtype
