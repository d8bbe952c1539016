"""Returns the count of the numbers, not their bytes."""
# cell: tensor
# says: memory_footprint
# says: got +4704000
# replace:
        return self.data.nbytes
        ### END SOLUTION
# by:
        return self.data.size
        ### END SOLUTION
