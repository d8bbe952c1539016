"""There is no residual around the feed-forward network."""
# cell: block
# says: block\(x, mask\)|x passes as it is
# replace:
        return x + self.dropout(self.feed_forward(self.norm2(x)))
# by:
        return self.dropout(self.feed_forward(self.norm2(x)))
