"""Dropout falls on the sum, the path included."""
# cell: block
# says: all that is added is dropped
# replace:
        x = x + self.dropout(self.self_attn(self.norm1(x), mask))
        return x + self.dropout(self.feed_forward(self.norm2(x)))
# by:
        x = self.dropout(x + self.self_attn(self.norm1(x), mask))
        return self.dropout(x + self.feed_forward(self.norm2(x)))
