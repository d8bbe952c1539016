"""max, a comprehension and fsum."""
# cell: softmax-explicit
# function: softmax_explicit
top = max(scores)
weights = [math.exp(score - top) for score in scores]
total = math.fsum(weights)
return [w / total for w in weights]
