"""The table has a column for each id."""
# cell: embedding
# says: layer\(|weight
# replace:
        self.weight = Parameter(randn(num_embeddings, embedding_dim))
# by:
        self.weight = Parameter(randn(embedding_dim, num_embeddings))
