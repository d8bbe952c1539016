"""The mask works on the shares, so that the rest no longer adds up to 1."""
# cell: attention-weights
# says: attention_weights\(q, k, causal_mask\(4\)\)
# replace:
    return Softmax(-1)(scores + as_bias(mask)) * anywhere(mask)
# by:
    return Softmax(-1)(scores) * Tensor(as_mask(mask))
