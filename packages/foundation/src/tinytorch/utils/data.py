"""PyTorch's `torch.utils.data`: what module 08 brings, under its other name."""

import importlib


def __getattr__(name):
    if name.startswith("__"):
        raise AttributeError(name)
    module = importlib.import_module("tinytorch.data")
    if name in module.__all__:
        return getattr(module, name)
    from tinytorch._names.absent import refuse

    raise refuse(__name__, name)
