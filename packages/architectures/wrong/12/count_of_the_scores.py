"""Only the scores are counted, not the mixing of the values."""
# cell: attention-explicit
# says: attention_multiply_adds\(2, 3, 5, 7\)
# replace:
    return queries * keys * (d + dv)
# by:
    return queries * keys * d
