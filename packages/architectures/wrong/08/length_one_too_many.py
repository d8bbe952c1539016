"""The length counts one batch more where all are full."""
# cell: loader
# says: len\(loader\) of 8 samples
# replace:
        return n // self.batch_size if self.drop_last else -(-n // self.batch_size)
# by:
        return n // self.batch_size + (not self.drop_last)
