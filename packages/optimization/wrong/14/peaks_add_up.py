"""Peaks are added, as if all operations held their memory at once."""
# cell: totals
# says: the totals of linear
# replace:
        self.peak = max(self.peak, record.peak)
# by:
        self.peak += record.peak
