"""The mask is not handed on to the look-ups."""
# cell: multi-head-attention
# says: the same with causal_mask\(5\)
# replace:
        return self.merge(scaled_dot_product_attention(q, k, v, for_heads(mask)))
# by:
        return self.merge(scaled_dot_product_attention(q, k, v))
