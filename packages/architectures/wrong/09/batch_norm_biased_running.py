"""The running variance takes in the variance over n."""
# cell: batch-norm
# says: running_var after it: .*n - 1
# replace:
(variance * count / (count - 1) - running_var)
# by:
(variance - running_var)
