"""The learned positions start as large as the rows of words."""
# cell: positional-encodings
# says: starts with a deviation of 0\.02
# replace:
        self.weight = Parameter(randn(max_len, d_model) * 0.02)
# by:
        self.weight = Parameter(randn(max_len, d_model))
