"""A pair that occurs once is merged too."""
# cell: pairs
# says: where each occurs once
# says: wanted +None
# replace:
    return pair if counts[pair] > 1 else None
# by:
    return pair
