"""PyTorch's `torch.nn.utils`."""


def clip_grad_norm_(parameters, max_norm):
    from tinytorch.training import clip_grad_norm_

    return clip_grad_norm_(parameters, max_norm)


def clip_grad_value_(parameters, clip_value):
    """Every entry of every gradient cut to -clip_value ... clip_value, in place."""
    for parameter in [parameters] if hasattr(parameters, "grad") else parameters:
        if parameter.grad is not None:
            parameter.grad.clamp_(-clip_value, clip_value)


def parameters_to_vector(parameters):
    from tinytorch._names.functions import cat

    return cat([parameter.reshape(-1) for parameter in parameters])


def vector_to_parameters(vector, parameters):
    start = 0
    for parameter in parameters:
        parameter.data[...] = vector.data[start : start + parameter.numel()].reshape(parameter.shape)
        start += parameter.numel()


def __getattr__(name):
    from tinytorch._names.absent import refuse

    raise refuse(__name__, name)
