"""The results of a layer are noted instead of its inputs."""
# cell: calibrator
# says: ranges after three batches
# replace:
        old_low, old_high = self.ranges
# by:
        low, high = float(result.data.min()), float(result.data.max())
        old_low, old_high = self.ranges
