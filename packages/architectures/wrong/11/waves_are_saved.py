"""The waves are a parameter and would be changed by learning."""
# cell: positional-encodings
# says: keys of a SinusoidalPositionalEncoding
# replace:
        return x + places(x, positions, self.table)
# by:
        self.table = Parameter(self.table)
        return x + places(x, positions, self.table)
