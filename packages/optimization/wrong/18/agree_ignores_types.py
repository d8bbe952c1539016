"""A result of another type passes."""
# cell: check
# says: agree of float64 and float32|tanh|exp
# replace:
(got.shape, got.dtype) != (want.shape, want.dtype)
# by:
got.shape != want.shape
