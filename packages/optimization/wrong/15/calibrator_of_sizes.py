"""The range is taken to be symmetric."""
# cell: calibrator
# says: ranges after three batches
# replace:
        self.ranges[weight] = min(low, old_low), max(high, old_high)
# by:
        bound = max(-low, high, -old_low, old_high)
        self.ranges[weight] = -bound, bound
