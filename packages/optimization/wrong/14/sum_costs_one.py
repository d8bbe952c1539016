"""The numbers of the result are counted, also for a sum."""
# cell: flops-of
# says: sum
# replace:
    return PER_NUMBER.get(name, 1) * max(getattr(result, "size", 1), getattr(arrays[0], "size", 1))
# by:
    return PER_NUMBER.get(name, 1) * getattr(result, "size", 1)
