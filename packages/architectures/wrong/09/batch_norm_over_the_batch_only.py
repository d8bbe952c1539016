"""Each pixel has its own mean, over the pictures."""
# cell: batch-norm
# says: x \[1, 3\] and \[5, 7\]: mean 4
# replace:
        count, mean, variance = len(rows), rows.mean(axis=0, dtype=np.float64), rows.var(axis=0, dtype=np.float64)
# by:
        count, mean, variance = len(rows), x.mean(axis=0).mean(axis=(1, 2)), x.var(axis=0).mean(axis=(1, 2))
