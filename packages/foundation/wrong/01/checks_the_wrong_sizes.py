"""Compares the outer sizes instead of the inner ones."""
# cell: matmul
# says: inner sizes|differ
# replace:
    if a.shape[-1] != inner:
        raise ValueError(f"the inner sizes {a.shape[-1]} and {inner} differ")
# by:
    if a.shape[0] != b.shape[-1]:
        raise ValueError(f"the inner sizes {a.shape[0]} and {b.shape[-1]} differ")
