"""Quantization beside the paper: 4 times smaller in file and memory, what it costs, exact sums, honest seconds."""

import math
import tempfile
import time
import tracemalloc
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np

from tinytorch import Tensor, manual_seed, no_grad
from tinytorch._quantization import numpy_bytes, rebuilt
from tinytorch.datasets import MNIST, TinyDigits, TinyTalks
from tinytorch.nn import (
    BatchNorm2d,
    Conv2d,
    CrossEntropyLoss,
    Flatten,
    Linear,
    MaxPool2d,
    Module,
    ReLU,
    Sequential,
    Transformer,
)
from tinytorch.optim import Adam
from tinytorch.quantization import (
    QuantizedLinear,
    Recipe,
    calibrated,
    integer_product,
    layer_errors,
    pack,
    quantize_model,
    verified,
)
from tinytorch.text import BPETokenizer
from tinytorch.training import Trainer, save

Claim = tuple[str, str, str, bool | None]
WAYS = ("weights", "weights on one grid", "weights and inputs")
VOCABULARY, WINDOW = 1024, 33


# -- models ------------------------------------------------------------------------------------------------------------


def digits(dataset: type, train: int) -> tuple | None:
    """Pictures (N, 1, 28, 28) and labels to train on, and those of the test; None where the data is not there."""
    try:
        parts = dataset(train=True), dataset(train=False)
    except FileNotFoundError:
        return None
    limits = train, len(parts[1])
    return tuple(
        (Tensor(part.images[:n]).reshape(-1, 1, 28, 28) / 255, part.labels[:n])
        for part, n in zip(parts, limits, strict=True)
    )


def mlp() -> Module:
    return Sequential(Flatten(), Linear(784, 128), ReLU(), Linear(128, 10))


def cnn() -> Module:
    """The network of the milestone of 1998."""
    layers = [Conv2d(1, 8, 5, padding=2), MaxPool2d(2), BatchNorm2d(8), ReLU()]
    layers += [Conv2d(8, 16, 3, padding=1), MaxPool2d(2), BatchNorm2d(16), ReLU()]
    return Sequential(*layers, Flatten(), Linear(784, 64), ReLU(), Linear(64, 10))


def trained(make: Callable[[], Module], x: Tensor, y: np.ndarray, epochs: int) -> Module:
    manual_seed(0)
    model = make()
    Trainer(model, Adam(model.parameters(), lr=2e-3), CrossEntropyLoss()).fit(x, y, epochs)
    return model.eval()


def share_right(model: Module, x: Tensor, y: np.ndarray) -> float:
    with no_grad():
        found = [model(x[i : i + 500]).data.argmax(axis=1) for i in range(0, len(x), 500)]
    return float((np.concatenate(found) == y).mean())


def talker(width: int, steps: int) -> tuple[Module, np.ndarray, np.ndarray]:
    """A decoder that has read TinyTalks for so many steps, ids it has read, and ids (texts, WINDOW) held out."""
    texts = ["\n".join(f"{q} {a}" for q, a in TinyTalks(part)) for part in ("train", "heldout")]
    tokenizer = BPETokenizer().train(texts[0], vocab_size=VOCABULARY)
    stream, rest = (np.array(tokenizer.encode(text)) for text in texts)
    manual_seed(0)
    model, draws = Transformer(VOCABULARY, width, n_heads=4, n_layers=2, max_len=64), np.random.default_rng(0)
    optimizer = Adam(model.parameters(), lr=3e-3)
    for _ in range(steps):
        rows = stream[draws.integers(0, len(stream) - WINDOW, (16, 1)) + np.arange(WINDOW)]
        optimizer.zero_grad()
        model(rows[:, :-1], rows[:, 1:]).backward()
        optimizer.step()
    seen, rest = (ids[: len(ids) // WINDOW * WINDOW].reshape(-1, WINDOW) for ids in (stream, rest))
    return model.eval(), seen[:64], rest


def perplexity(model: Module, ids: np.ndarray) -> float:
    with no_grad():
        return math.exp(model(ids[:, :-1], ids[:, 1:]).item())


# -- bytes and what they cost ------------------------------------------------------------------------------------------


def in_file(model: Module) -> int:
    with tempfile.TemporaryDirectory() as folder:
        save(model.state_dict(), Path(folder) / "model.safetensors")
        return (Path(folder) / "model.safetensors").stat().st_size


def held(make: Callable[[], Module]) -> int:
    """The bytes of NumPy's arrays that are left when `make()` has returned a model, and nothing else is kept."""
    tracemalloc.start()
    try:
        model = make()
        return numpy_bytes() if model else 0
    finally:
        tracemalloc.stop()


def ways(batch) -> dict[str, dict]:
    return dict(zip(WAYS, [{}, {"per_channel": False}, {"calibration": [batch]}], strict=True))


def smaller(name: str, model: Module, batch) -> Iterator[Claim]:
    """How many times smaller the model becomes in the file, and while it is there to be used."""
    file, memory, factors = in_file(model), held(lambda: rebuilt(model, lambda part: None)), []
    for options in ways(batch).values():
        now = held(lambda options=options: quantize_model(model, **options))
        factors.append((file / in_file(quantize_model(model, **options)), memory / now))
    told = ", ".join(f"{way} {file:.2f} and {memory:.2f}" for way, (file, memory) in zip(WAYS, factors, strict=True))
    claim = f"INT8 makes the {name} smaller: times in the file, and in memory as NumPy counts it"
    yield claim, "4 times", told, all(min(pair) >= 3.8 for pair in factors)


def pictures(quick: bool) -> Iterator[Claim]:
    """MLP on MNIST or else on TinyDigits, and the CNN on TinyDigits."""
    mnist, tiny = digits(MNIST, 5000 if quick else 60_000), digits(TinyDigits, 4000)
    for name, make, data, epochs in [
        ("MNIST MLP 784-128-10", mlp, mnist, 2),
        ("TinyDigits MLP 784-128-10", mlp, tiny, 4 if quick else 10),
        ("TinyDigits CNN of 1998", cnn, tiny, 1 if quick else 5),
    ]:
        claim = f"and costs the {name} this many points of accuracy ({', '.join(WAYS)})"
        if data is None:
            yield claim, "1 to 2 points", "not measured: no data", None
            continue
        (x, y), (new, labels) = data
        model = trained(make, x, y, epochs)
        yield from smaller(name, model, x[:500])
        before = share_right(model, new, labels)
        with verified():
            quantized = [quantize_model(model, **options) for options in ways(x[:500]).values()]
            lost = [100 * (before - share_right(each, new, labels)) for each in quantized]
        measured = f"{', '.join(f'{points:+.2f}' for points in lost)} of {before:.2%}"
        yield claim, "1 to 2 points", measured, max(lost) <= 1


def talks(quick: bool) -> Iterator[Claim]:
    model, seen, rest = talker(192, 30 if quick else 300)
    yield from smaller("TinyTalks decoder", model, seen[:, :-1])
    quantized = [quantize_model(model, **options) for options in ways(seen[:, :-1]).values()]
    before = perplexity(model, rest)
    worse = [perplexity(each, rest) / before - 1 for each in quantized]
    claim = f"and the decoder this share of its perplexity on held-out questions ({', '.join(WAYS)})"
    measured = f"{', '.join(f'{share:+.2%}' for share in worse)} of {before:.2f}"
    yield claim, "1 to 2 %", measured, max(worse) <= 0.02
    errors = [e for e in layer_errors(model, quantized[2], rest[:50, :-1]) if e.operation == "integer_linear"]
    own, last = max(e.own for e in errors), max(e.total for e in errors)
    claim = "error propagation, layer by layer (weights and inputs, decoder of 9 layers)"
    measured = f"own errors {min(e.own for e in errors):.2%} to {own:.2%}, with all before them up to {last:.2%}"
    yield claim, "", measured, last < 0.1


# -- arithmetic --------------------------------------------------------------------------------------------------------


def seconds(function: Callable[[], object], repeat: int) -> float:
    """The shortest of some times."""
    taken = []
    for _ in range(repeat):
        began = time.perf_counter()
        function()
        taken.append(time.perf_counter() - began)
    return min(taken)


def exact(quick: bool) -> Iterator[Claim]:
    draws, right, tried = np.random.default_rng(0), 0, 100 if quick else 1000
    for _ in range(tried):
        n, m, k = (int(draws.integers(1, limit)) for limit in (8, 64, 4000))
        a, b = (draws.choice([-128, -127, 5, 127], (rows, k)).astype(np.int8) for rows in (n, m))
        right += bool((integer_product(a, b) == a.astype(np.int64) @ b.astype(np.int64).T).all())
    claim = "products of bytes through the float products of BLAS equal those in int64"
    yield claim, "", f"{right:,} of {tried:,} random products, to the last digit", right == tried
    a, b = (draws.integers(-128, 128, shape).astype(np.int8) for shape in ((64, 784), (128, 784)))
    wide, turned = a.astype(np.int32), b.T.astype(np.int32)
    slow, fast = seconds(lambda: wide @ turned, 5), seconds(lambda: integer_product(a, b), 30)
    claim = "and are faster than NumPy's own products of whole numbers, (64, 784) by (784, 128)"
    yield claim, "", f"{slow / fast:.0f} times, the conversion of the bytes included", slow > 3 * fast


def honest(quick: bool) -> Iterator[Claim]:
    """INT8 against float32 in time: a layer of 1,024 by 1,024."""
    manual_seed(0)
    layer, repeat = Linear(1024, 1024), 15 if quick else 60
    packed, draws = pack(layer.weight.data, per_channel=True, symmetric=True), np.random.default_rng(0)
    inputs = Recipe(calibrator=calibrated(layer, [Tensor(draws.standard_normal((64, 1024)))]))
    blocked, integer = QuantizedLinear(layer), QuantizedLinear(layer, inputs)
    for n in (1, 4, 64):
        x = Tensor(draws.standard_normal((n, 1024)))
        forms = [layer, blocked, lambda x: x @ Tensor(packed.numbers()).T, integer]
        with no_grad():
            plain, *others = (seconds(lambda f=form, x=x: f(x), repeat) for form in forms)
        blocks, wide, both = (each / plain for each in others)
        rows = "1 row" if n == 1 else f"{n} rows"
        claim = f"INT8 in NumPy saves memory, hardly ever time: {rows} through 1,024 by 1,024, times float32's"
        measured = f"weights in blocks {blocks:.2f}, all made wide at once {wide:.1f}, inputs too {both:.1f}"
        yield claim, "", measured, blocks < wide


def claims(quick: bool) -> list[Claim]:
    return [*pictures(quick), *talks(quick), *exact(quick), *honest(quick)]
