"""Each head is counted as a place."""
# cell: count
# says: work\.places of attention
# replace:
            (batch, _, queries, _), keys = arrays[0].shape, arrays[1].shape[2]
            self.places += batch * queries
# by:
            (batch, heads, queries, _), keys = arrays[0].shape, arrays[1].shape[2]
            self.places += batch * heads * queries
