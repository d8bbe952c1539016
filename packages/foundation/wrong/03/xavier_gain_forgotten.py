"""Xavier does not use its gain."""
# cell: initialization
# says: gain=2
# says: it is 0\.2\d* times
# replace:
    bound = gain * math.sqrt(6 / (fan_in + fan_out))
# by:
    bound = math.sqrt(6 / (fan_in + fan_out))
