"""The first token of a short text is masked with the filling."""
# cell: places
# says: mask_after\(0, 3, padding
# replace:
>= padding[:, None])
# by:
>  padding[:, None])
