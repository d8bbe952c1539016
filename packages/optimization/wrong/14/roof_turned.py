"""Memory allows bandwidth over intensity."""
# cell: roofline
# says: roofline\(
# replace:
    return min(peaks.flops, intensity * peaks.bandwidth)
# by:
    return min(peaks.flops, peaks.bandwidth / intensity) if intensity else 0.0
