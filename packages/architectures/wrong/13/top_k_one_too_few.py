"""The k-th best is thrown out as well."""
# cell: sampling
# says: where sampling_shares\(logits, top_k=2\) is not 0
# replace:
scores < least[:, None]
# by:
scores <= least[:, None]
