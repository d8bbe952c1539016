"""The search for the largest score starts at 0, which may be above all of them."""
# cell: softmax-explicit
# says: softmax_explicit\(\[-1001.0, -1000.0\]\): as for \[0, 1\].*ZeroDivisionError
def softmax_explicit(scores):
    top = 0.0
    for score in scores:
        top = max(top, score)
    weights = [math.exp(score - top) for score in scores]
    total = sum(weights)
    return [weight / total for weight in weights]
