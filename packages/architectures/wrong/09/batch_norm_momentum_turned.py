"""The running mean keeps a tenth and takes in nine."""
# cell: batch-norm
# says: running_mean after it: a tenth of the way
# replace:
        running_mean += share * (mean - running_mean)
# by:
        running_mean += (1 - share) * (mean - running_mean)
