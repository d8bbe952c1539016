"""A turn counts as one place, however many it had."""
# cell: cache
# says: cache\.length after cache\.advance\(3\)
# replace:
        self.length += n
# by:
        self.length += 1
