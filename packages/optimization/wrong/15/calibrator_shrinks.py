"""The range becomes what all batches have in common."""
# cell: calibrator
# says: ranges after three batches
# replace:
        self.ranges[weight] = min(low, old_low), max(high, old_high)
# by:
        self.ranges[weight] = max(low, old_low), min(high, old_high)
