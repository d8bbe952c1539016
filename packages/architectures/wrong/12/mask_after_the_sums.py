"""The mask comes after the sums, which hold what is not allowed."""
# cell: one-operation
# says: shares_in_place\(scores, mask\), mask truth values
# replace:
    if mask is not None:
        scores *= mask
    sums
# by:
    sums
# replace:
    scores *= (1 / sums)[..., None]
# by:
    scores *= (1 / sums)[..., None]
    if mask is not None:
        scores *= mask
