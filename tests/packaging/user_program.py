"""A user's training program, strictly typed."""
from pathlib import Path

import numpy as np

import tinytorch
import tinytorch.nn.functional as F
from tinytorch import Tensor, nn, no_grad, optim
from tinytorch.datasets import TinyDigits
from tinytorch.training import CosineAnnealingLR, Trainer, clip_grad_norm_, load, save


class Net(nn.Module):
    def __init__(self, hidden: int, p: float = 0.1) -> None:
        super().__init__()
        self.first = nn.Linear(784, hidden)
        self.scale = nn.Parameter(tinytorch.ones(hidden))
        self.drop = nn.Dropout(p)
        self.blocks = nn.ModuleList([nn.Linear(hidden, hidden) for _ in range(2)])
        self.last = nn.Sequential(nn.ReLU(), nn.Linear(hidden, 10))

    def forward(self, x: Tensor) -> Tensor:
        x = F.relu(self.first(x)) * self.scale
        for block in self.blocks:
            x = x + F.gelu(block(self.drop(x)))
        out: Tensor = self.last(x)
        return out


def batches(n: int, size: int) -> list[slice]:
    return [slice(start, start + size) for start in range(0, n, size)]


def accuracy(model: Net, x: Tensor, labels: np.ndarray[tuple[int, ...], np.dtype[np.int64]]) -> float:
    model.eval()
    with no_grad():
        right = model(x).argmax(dim=1).numpy() == labels
    model.train()
    return float(right.mean())


def main(path: Path, epochs: int = 1) -> None:
    tinytorch.manual_seed(0)
    train, test = TinyDigits(train=True), TinyDigits(train=False)
    x, unseen = (Tensor(d.images).reshape(len(d), 784) / 255 for d in (train, test))
    model = Net(32)
    optimizer = optim.AdamW(model.parameters(), lr=3e-3, weight_decay=0.01)
    schedule, loss_fn = CosineAnnealingLR(optimizer, T_max=epochs), nn.CrossEntropyLoss(label_smoothing=0.1)
    for epoch in range(epochs):
        losses: list[float] = []
        for rows in batches(len(train), 128):
            loss = loss_fn(model(x[rows]), train.labels[rows])
            optimizer.zero_grad()
            loss.backward()
            norm: Tensor = clip_grad_norm_(model.parameters(), 1.0)
            optimizer.step()
            losses.append(min(float(loss), float(norm) + 100))
        schedule.step()
        print(f"epoch {epoch}: loss {losses[-1]:.3f}, {accuracy(model, unseen, test.labels):.0%}")
    grad: Tensor | None = model.first.weight.grad
    assert grad is not None
    assert grad.shape == (32, 784)
    save(model.state_dict(), path)
    model.load_state_dict(load(path))
    Trainer(model, optimizer, loss_fn).fit(x, train.labels, epochs=1)


if __name__ == "__main__":
    main(Path("net.safetensors"))
