"""As if each place looked at as many as there are queries."""
# cell: count
# says: work\.pairs of attention
# replace:
            self.pairs += batch * queries * keys
# by:
            self.pairs += batch * queries * queries
