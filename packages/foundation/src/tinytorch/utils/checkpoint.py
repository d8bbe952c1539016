"""PyTorch's `torch.utils.checkpoint`: what module 05 brings, under its other name."""


def checkpoint(function, *args, use_reentrant=None):
    from tinytorch.core.autograd import checkpoint

    return checkpoint(function, *args)
