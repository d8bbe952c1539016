"""The numbers of the first input are counted, also if that is a single number."""
# cell: flops-of
# says: sub
# replace:
    return PER_NUMBER.get(name, 1) * max(getattr(result, "size", 1), getattr(arrays[0], "size", 1))
# by:
    return PER_NUMBER.get(name, 1) * getattr(arrays[0], "size", 1)
