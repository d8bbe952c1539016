"""The table is a Tensor, so nothing finds it."""
# cell: embedding
# says: parameters of Embedding\(3, 2\)
# replace:
        self.weight = Parameter(randn(num_embeddings, embedding_dim))
# by:
        self.weight = randn(num_embeddings, embedding_dim)
