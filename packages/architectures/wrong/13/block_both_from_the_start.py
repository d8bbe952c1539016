"""Both layers look at the x that came in, side by side."""
# cell: block
# says: block\(x, mask\)
# replace:
        x = x + self.dropout(self.self_attn(self.norm1(x), mask))
        return x + self.dropout(self.feed_forward(self.norm2(x)))
# by:
        attended = self.dropout(self.self_attn(self.norm1(x), mask))
        return x + attended + self.dropout(self.feed_forward(self.norm2(x)))
