"""x is multiplied with the waves instead of adding them."""
# cell: positional-encodings
# says: SinusoidalPositionalEncoding\(4\)\(x\)
# replace:
        return x + places(x, positions, self.table)
# by:
        return x * places(x, positions, self.table)
