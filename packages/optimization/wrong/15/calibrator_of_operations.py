"""The ranges are kept by operation, not by layer."""
# cell: calibrator
# says: ranges after three batches
# replace:
self.ranges.get(weight, (low, high))
# by:
self.ranges.get(name, (low, high))
# replace:
        self.ranges[weight] = min(low, old_low), max(high, old_high)
# by:
        self.ranges[name] = min(low, old_low), max(high, old_high)
