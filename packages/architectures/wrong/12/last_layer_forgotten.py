"""The heads are put side by side and not mixed."""
# cell: multi-head-attention
# says: MultiHeadAttention\(6, 3\)\(x\)
# replace:
        return self.out_proj(apply("merge_heads", out))
# by:
        return apply("merge_heads", out)
