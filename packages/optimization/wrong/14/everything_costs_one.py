"""What a number costs is not looked up."""
# cell: flops-of
# says: softmax
# replace:
    return PER_NUMBER.get(name, 1) * max(
# by:
    return max(
