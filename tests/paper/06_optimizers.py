"""Optimizers beside the paper: what their state costs, counted after a step."""

from tinytorch import manual_seed
from tinytorch.core.tensor import randn
from tinytorch.nn import Linear
from tinytorch.optim import SGD, Adam

Claim = tuple[str, str, str, bool | None]


def state(make) -> float:
    """Bytes that the first step leaves behind, for each byte of the parameters."""
    manual_seed(0)
    layer = Linear(2000, 1000, bias=False)
    optimizer = make(layer.parameters())
    layer.weight.grad = randn(*layer.weight.shape)
    optimizer.step()
    return optimizer.state_bytes() / layer.weight.data.nbytes


def claims(quick: bool) -> list[Claim]:
    adam, momentum = state(Adam), state(lambda params: SGD(params, lr=0.1, momentum=0.9))
    measured = f"Adam {adam:.2f} times the parameters, SGD with momentum {momentum:.2f} times"
    return [("memory of the optimizer", "Adam twice the parameters", measured, (adam, momentum) == (2, 1))]
