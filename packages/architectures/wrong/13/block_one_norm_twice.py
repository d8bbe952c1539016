"""norm1 is used in both places."""
# cell: block
# says: gradient|norm2|block\(x, mask\)
# replace:
self.feed_forward(self.norm2(x))
# by:
self.feed_forward(self.norm1(x))
