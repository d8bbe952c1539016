"""The k best of all rows together."""
# cell: sampling
# says: where sampling_shares\(logits, top_k=2\) is not 0|AxisError|IndexError
# replace:
        least = np.partition(scores, -top_k, axis=1)[:, -top_k]
        scores = np.where(scores < least[:, None], -np.inf, scores)
# by:
        least = np.partition(scores, -top_k, axis=None)[-top_k]
        scores = np.where(scores < least, -np.inf, scores)
