"""The scores are not divided by the root of d."""
# cell: attention-explicit
# says: attention_explicit\(query \(3,\)
# replace:
        scores.append(total / math.sqrt(d))
# by:
        scores.append(total)
