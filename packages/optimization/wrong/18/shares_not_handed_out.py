"""The exponentials are put into an array of their own."""
# cell: cross-entropy
# says: gradient of cross_entropy_once|`shares` after
# replace:
    rows, _, sums = given.exponentials(logits, shares)
# by:
    rows, _, sums = given.exponentials(logits, None)
