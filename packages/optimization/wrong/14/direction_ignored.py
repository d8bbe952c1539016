"""The direction that was asked for is ignored."""
# cell: profiler
# says: way forward
# replace:
        chosen = [r for r in self.records if backward is None or r.backward == backward]
# by:
        chosen = self.records
