from collections.abc import Callable, Iterable
from os import PathLike
from typing import Any

from tinytorch.core.tensor import Tensor
from tinytorch.nn.layers import Module
from tinytorch.optim.optimizers import Optimizer

class CosineAnnealingLR:
    optimizer: Optimizer
    T_max: int
    eta_min: float
    last_epoch: int
    base_lrs: list[float]
    def __init__(self, optimizer: Optimizer, T_max: int, eta_min: float = 0) -> None: ...
    def step(self) -> None: ...
    def get_last_lr(self) -> list[float]: ...
    def state_dict(self) -> dict[str, Any]: ...
    def load_state_dict(self, saved: dict[str, Any]) -> None: ...

class Trainer:
    model: Module
    optimizer: Optimizer
    loss_fn: Callable[..., Tensor]
    scheduler: Any
    max_norm: float | None
    epoch: int
    history: list[dict[str, Any]]
    def __init__(
        self,
        model: Module,
        optimizer: Optimizer,
        loss_fn: Callable[..., Tensor],
        scheduler: Any = None,
        max_norm: float | None = None,
    ) -> None: ...
    def fit(
        self,
        x: Any,
        y: Any = None,
        epochs: int = 1,
        batch_size: int = 64,
        shuffle: bool = True,
        on_epoch: Callable[[dict[str, Any]], object] | None = None,
    ) -> list[dict[str, Any]]: ...
    def evaluate(self, x: Any, y: Any = None, batch_size: int = 256) -> tuple[float, float]: ...
    def state_dict(self) -> dict[str, Any]: ...
    def load_state_dict(self, saved: dict[str, Any]) -> None: ...
    def save(self, path: str | PathLike[str]) -> None: ...
    def load(self, path: str | PathLike[str]) -> None: ...

def __getattr__(name: str) -> Any: ...
def clip_grad_norm_(parameters: Tensor | Iterable[Tensor], max_norm: float) -> Tensor: ...
def save(obj: Any, path: str | PathLike[str]) -> None: ...
def load(path: str | PathLike[str]) -> Any: ...
