"""The larger of both limits is taken for the limit."""
# cell: roofline
# says: roofline\(
# replace:
    return min(peaks.flops
# by:
    return max(peaks.flops
