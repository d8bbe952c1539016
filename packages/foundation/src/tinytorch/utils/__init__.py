"""PyTorch's `torch.utils`: `tinytorch.utils.data` and `tinytorch.utils.checkpoint`."""

import importlib


def __getattr__(name):
    if name in ("data", "checkpoint"):
        return importlib.import_module(f"tinytorch.utils.{name}")
    raise AttributeError(f"module 'tinytorch.utils' has no attribute {name!r}")
