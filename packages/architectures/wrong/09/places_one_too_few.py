"""The first place is forgotten: only the steps are counted."""
# cell: places
# says: output_size\(32, 5\).*got +27
# replace:
    return (size + 2 * padding - reach) // stride + 1
    ### END
# by:
    return (size + 2 * padding - reach) // stride
    ### END
