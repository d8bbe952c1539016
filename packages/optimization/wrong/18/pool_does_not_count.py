"""What is newly made is not counted."""
# cell: pool
# says: pool\.made
# replace:
                self.made += size

# by:

