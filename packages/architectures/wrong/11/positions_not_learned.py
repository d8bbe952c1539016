"""The learned positions are a Tensor: they are not saved and get no gradient."""
# cell: positional-encodings
# says: keys of a LearnedPositionalEncoding
# replace:
        self.weight = Parameter(randn(max_len, d_model) * 0.02)
# by:
        self.weight = randn(max_len, d_model) * 0.02
