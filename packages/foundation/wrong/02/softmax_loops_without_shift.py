"""The explicit softmax takes the exponentials of the scores themselves."""
# cell: softmax-explicit
# says: OverflowError: math range error
def softmax_explicit(scores):
    weights = [math.exp(score) for score in scores]
    total = sum(weights)
    return [weight / total for weight in weights]
