"""Queries, keys and values are the same third of the product."""
# cell: multi-head-attention
# says: MultiHeadAttention\(6, 3\)\(x\)
# replace:
n_heads=self.n_heads, part=i
# by:
n_heads=self.n_heads, part=1
