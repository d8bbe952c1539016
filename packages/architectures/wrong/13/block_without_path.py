"""There is no residual around the attention."""
# cell: block
# says: block\(x, mask\)|x passes as it is
# replace:
        x = x + self.dropout(self.self_attn(self.norm1(x), mask))

# by:
        x = self.dropout(self.self_attn(self.norm1(x), mask))

