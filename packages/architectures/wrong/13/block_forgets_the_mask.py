"""The mask is not passed on."""
# cell: block
# says: block\(x, mask\)
# replace:
self.self_attn(self.norm1(x), mask)
# by:
self.self_attn(self.norm1(x))
