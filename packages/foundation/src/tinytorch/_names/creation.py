"""PyTorch's options of the functions that make tensors: `dtype`, `device`, `requires_grad`."""

from functools import wraps


def with_options(function):
    """`function`, which makes a Tensor, taking `dtype`, `device` and `requires_grad` as well."""

    @wraps(function)
    def make(*arguments, dtype=None, device=None, requires_grad=False):
        result = function(*arguments)
        if dtype is not None or device is not None:
            result = result.to(dtype, device)
        return result.requires_grad_() if requires_grad else result

    return make
