"""All rows start equal, at zero."""
# cell: embedding
# says: mean square
# replace:
        self.weight = Parameter(randn(num_embeddings, embedding_dim))
# by:
        self.weight = Parameter(np.zeros((num_embeddings, embedding_dim)))
