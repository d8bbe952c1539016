"""PyTorch's `torch.cuda`, so that a program can ask: there is none, TinyTorch computes on the CPU."""


def is_available():
    return False


def device_count():
    return 0


def is_bf16_supported():
    return False


def manual_seed(seed):
    pass


manual_seed_all = manual_seed


def empty_cache():
    pass


def __getattr__(name):
    from tinytorch._names.absent import refuse

    raise refuse(__name__, name)
