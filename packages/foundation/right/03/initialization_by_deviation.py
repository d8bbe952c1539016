"""The bounds from the standard deviations: sqrt(3) times as wide."""
# cell: initialization
# function: xavier_uniform_
deviation = gain * math.sqrt(2.0 / (fan_in + fan_out))
uniform_(tensor, -math.sqrt(3) * deviation, math.sqrt(3) * deviation)
return tensor
# function: kaiming_uniform_
deviation = calculate_gain(nonlinearity, a) / math.sqrt(fan)
return uniform_(tensor, -math.sqrt(3) * deviation, math.sqrt(3) * deviation)
