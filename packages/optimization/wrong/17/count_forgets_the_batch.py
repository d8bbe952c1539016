"""The texts of a batch are counted as one."""
# cell: count
# says: work\.places of attention.*2 texts
# replace:
            self.places += batch * queries
            self.pairs += batch * queries * keys
# by:
            self.places += queries
            self.pairs += queries * keys
