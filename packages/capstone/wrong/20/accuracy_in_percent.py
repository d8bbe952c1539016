"""The accuracy in percent; METRICS says that it is a fraction."""
# cell: side-metrics
# says: accuracy of 10 of 10
# replace:
right / asked
# by:
100 * right / asked
