"""Xavier does not use its gain."""
# cell: initialization
# says: gain=2
# says: it is 0\.2\d* times
def uniform_(tensor, low=0.0, high=1.0):
    """Fill `tensor` in place with numbers spread evenly over low ... high, as `torch.nn.init.uniform_`."""
    tensor.data[...] = rng.uniform(low, high, tensor.shape)
    return tensor


def fans(tensor):
    """(fan_in, fan_out) of a weight (out, in, ...): how many inputs an output sums over, and the reverse."""
    if tensor.ndim < 2:
        raise ValueError(f"fan_in and fan_out need at least two dimensions, the shape is {tensor.shape}")
    field = math.prod(tensor.shape[2:])
    return tensor.shape[1] * field, tensor.shape[0] * field


def calculate_gain(nonlinearity, param=None):
    """The factor that makes up for what an activation takes away, as `torch.nn.init.calculate_gain`."""
    slope = 0.01 if param is None else param
    gains = {"linear": 1.0, "sigmoid": 1.0, "tanh": 5 / 3, "relu": math.sqrt(2)}
    gains["leaky_relu"] = math.sqrt(2 / (1 + slope**2))
    if nonlinearity not in gains:
        raise ValueError(f"no gain is known for {nonlinearity!r}, only for {', '.join(gains)}")
    return gains[nonlinearity]


def xavier_uniform_(tensor, gain=1.0):
    """Fill a weight in place, evenly spread, with variance gain^2 * 2 / (fan_in + fan_out); returns it."""
    fan_in, fan_out = fans(tensor)
    bound = math.sqrt(6 / (fan_in + fan_out))
    return uniform_(tensor, -bound, bound)


def kaiming_uniform_(tensor, a=0, mode="fan_in", nonlinearity="leaky_relu"):
    """Fill a weight in place, evenly spread, with variance gain^2 / fan; returns it."""
    if mode not in ("fan_in", "fan_out"):
        raise ValueError(f"mode is 'fan_in' or 'fan_out', not {mode!r}")
    fan = fans(tensor)[mode == "fan_out"]
    bound = calculate_gain(nonlinearity, a) * math.sqrt(3 / fan)
    return uniform_(tensor, -bound, bound)
