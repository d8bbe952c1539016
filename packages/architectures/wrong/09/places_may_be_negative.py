"""A window that does not fit gives no error."""
# cell: places
# says: it reaches over 5.*wanted +ValueError
# replace:
    if reach > size + 2 * padding:
        raise ValueError(f"a window that reaches over {reach} does not fit into {size} with padding {padding}")

# by:

