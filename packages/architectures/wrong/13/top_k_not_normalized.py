"""What top_k takes away is missing in the sum."""
# cell: sampling
# says: the sums of its rows
# replace:
    if top_k is not None and top_k < scores.shape[1]:
        least = np.partition(scores, -top_k, axis=1)[:, -top_k]
        scores = np.where(scores < least[:, None], -np.inf, scores)
    return kernels["softmax"](scores, dim=1)
# by:
    shares = kernels["softmax"](scores, dim=1)
    if top_k is not None and top_k < scores.shape[1]:
        least = np.partition(shares, -top_k, axis=1)[:, -top_k]
        shares = np.where(shares < least[:, None], 0, shares)
    return shares
