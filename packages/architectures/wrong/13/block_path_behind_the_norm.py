"""What is added to is the normalized x: the path begins behind the norm."""
# cell: block
# says: x passes as it is|nearly 1000 x
# replace:
        x = x + self.dropout(self.self_attn(self.norm1(x), mask))
        return x + self.dropout(self.feed_forward(self.norm2(x)))
# by:
        x = self.norm1(x)
        x = x + self.dropout(self.self_attn(x, mask))
        x = self.norm2(x)
        return x + self.dropout(self.feed_forward(x))
