"""The bound is the standard deviation wanted: the root of 3 is missing."""
# cell: initialization
# says: xavier_uniform_\(zeros\(100, 300\)\)
# says: it is 0\.33\d* times
# replace:
    bound = gain * math.sqrt(6 / (fan_in + fan_out))
# by:
    bound = gain * math.sqrt(2 / (fan_in + fan_out))
