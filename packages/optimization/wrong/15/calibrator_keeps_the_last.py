"""Only the last batch counts."""
# cell: calibrator
# says: ranges after three batches
# replace:
        self.ranges[weight] = min(low, old_low), max(high, old_high)
# by:
        self.ranges[weight] = low, high
