"""Queries, keys and values are the same third of the product."""
# cell: multi-head-attention
# says: MultiHeadAttention\(6, 3\)\(x\)
# replace:
part=i, slopes=slopes
# by:
part=1, slopes=slopes
