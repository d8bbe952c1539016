"""The batch is divided by the variance over n - 1."""
# cell: batch-norm
# says: mean 4, variance 5, over n.*wanted.*-1.34.*got.*-1.16
# replace:
        count, mean, variance = len(rows), rows.mean(axis=0, dtype=np.float64), rows.var(axis=0, dtype=np.float64)
# by:
        count, mean, variance = len(rows), rows.mean(axis=0), rows.var(axis=0, ddof=1)
# replace:
        running_var += share * (variance * count / (count - 1) - running_var)
# by:
        running_var += share * (variance - running_var)
