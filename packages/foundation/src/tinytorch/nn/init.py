"""PyTorch's `torch.nn.init`: how weights start. Those of module 03 are the learner's own, the others fill in place."""

import importlib

from tinytorch._names.absent import refuse

FROM_LAYERS = ("uniform_", "xavier_uniform_", "kaiming_uniform_", "calculate_gain", "fans")


def layers():
    return importlib.import_module("tinytorch.nn.layers")


def normal_(tensor, mean=0.0, std=1.0):
    return filled(tensor, lambda x: x.normal_(mean, std))


def constant_(tensor, val):
    return filled(tensor, lambda x: x.fill_(val))


def zeros_(tensor):
    return constant_(tensor, 0)


def ones_(tensor):
    return constant_(tensor, 1)


def xavier_normal_(tensor, gain=1.0):
    fan_in, fan_out = layers().fans(tensor)
    return normal_(tensor, 0, gain * (2 / (fan_in + fan_out)) ** 0.5)


def kaiming_normal_(tensor, a=0, mode="fan_in", nonlinearity="leaky_relu"):
    fan = layers().fans(tensor)[mode == "fan_out"]
    return normal_(tensor, 0, layers().calculate_gain(nonlinearity, a) / fan**0.5)


def trunc_normal_(tensor, mean=0.0, std=1.0, a=-2.0, b=2.0):
    """As `normal_`; what falls outside a ... b is drawn again."""
    normal_(tensor, mean, std)
    outside = (tensor.detach() < a) | (tensor.detach() > b)
    while bool(outside.any()):
        again = tensor.detach().clone().normal_(mean, std)
        filled(tensor, lambda x: x.copy_(x.masked_fill(outside, 0) + again * outside))  # noqa: B023
        outside = (tensor.detach() < a) | (tensor.detach() > b)
    return tensor


def filled(tensor, change):
    """`tensor`, changed in its own memory although it requires a gradient."""
    change(tensor.detach())
    return tensor


def __getattr__(name):
    if name in FROM_LAYERS:
        return getattr(layers(), name)
    raise refuse(__name__, name)
