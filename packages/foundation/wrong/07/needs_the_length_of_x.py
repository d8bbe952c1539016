"""Divides by the length of x, which is the number of batches if x yields them."""
# cell: trainer
# says: list of three batches
# replace:
            count += len(targets)
        return total / count
# by:
        return total / len(x)
