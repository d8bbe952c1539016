"""A dictionary's look-up: the value of the best key alone."""
# cell: attention-explicit
# says: attention_explicit\(query \(3,\)
# replace:
    shares = softmax_explicit(scores)
# by:
    shares = [float(score == max(scores)) for score in scores]
