"""The scores are divided by d instead of its root."""
# cell: attention-explicit
# says: attention_explicit\(query \(3,\)
# replace:
        scores.append(total / math.sqrt(d))
# by:
        scores.append(total / d)
