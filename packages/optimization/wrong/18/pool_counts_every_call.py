"""Blocks that are given out again are counted as new."""
# cell: pool
# says: pool\.taken and pool\.made, two arrays of 24 bytes
# replace:
                self.made += size
# by:
                pass
            self.made += size
