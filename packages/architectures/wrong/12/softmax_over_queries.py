"""The softmax runs over the queries: each key has one whole to give away."""
# cell: attention-weights
# says: attention_weights\(q \(4, 3\), k \(4, 3\)\)
# replace:
        return Softmax(-1)(scores)
# by:
        return Softmax(-2)(scores)
# replace:
    return Softmax(-1)(scores + as_bias(mask)) * anywhere(mask)
# by:
    return Softmax(-2)(scores + as_bias(mask)) * anywhere(mask)
