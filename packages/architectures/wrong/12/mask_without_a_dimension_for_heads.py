"""A mask for each sequence is taken for a mask for each head."""
# cell: multi-head-attention
# says: padding_mask\(\[5, 3\]\).*does not fit
# replace:
        return self.merge(scaled_dot_product_attention(q, k, v, for_heads(mask)))
# by:
        return self.merge(scaled_dot_product_attention(q, k, v, mask))
