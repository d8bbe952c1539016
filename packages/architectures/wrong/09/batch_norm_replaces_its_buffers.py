"""The running mean is a new array, which the model does not know."""
# cell: batch-norm
# says: running_mean after it
# replace:
        running_mean += share * (mean - running_mean)
# by:
        running_mean = running_mean + share * (mean - running_mean)
