"""The other scores become 0, which is a score like any other."""
# cell: sampling
# says: where sampling_shares\(logits, top_k=2\) is not 0
# replace:
-np.inf, scores)
# by:
0, scores)
