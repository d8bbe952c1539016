"""What the paper prints runs as printed, and gradients sleep until module 05 wakes them.

The dormant framework is a build of modules 01 to 04 alone, in a process of its own; the same user code then
runs in a build that has module 05.
"""

import subprocess
import sys
import textwrap

import numpy as np
import pytest
from house import build

import tinytorch
from tinytorch import Tensor, enable_autograd, nn
from tinytorch.core.tensor import manual_seed, peak_memory

# -- listing 1: bytes, and shapes that do not fit ------------------------------------------------------------


def test_listing_1_memory_footprint():
    x = tinytorch.Tensor(np.zeros((1000, 1000)))
    assert x.memory_footprint() == 4_000_000
    assert x.data.dtype == np.float32
    assert x.shape == (1000, 1000)
    assert Tensor([1, 2, 3]).memory_footprint() == 12
    assert Tensor(np.zeros((60000, 784), np.uint8)).memory_footprint() == 60000 * 784 * 4


def test_listing_1_matmul():
    a, b = Tensor([[1, 2], [3, 4]]), Tensor([[5, 6], [7, 8]])
    assert (a @ b).tolist() == [[19, 22], [43, 50]]
    with pytest.raises(ValueError, match=r"(?=.*\(2, 3\)).*\(4, 5\)"):
        Tensor(np.zeros((2, 3))) @ Tensor(np.zeros((4, 5)))


def test_a_product_of_1000_by_1000_peaks_at_12_megabytes():
    def product():
        return tinytorch.ones(1000, 1000) @ tinytorch.ones(1000, 1000)

    product()
    assert 12e6 <= peak_memory(product) < 12.1e6


# -- listings 2 and 3: asleep, then awake --------------------------------------------------------------------

ASLEEP = """
    import numpy as np
    from tinytorch.core import Tensor

    x = Tensor([3.0], requires_grad=True)
    assert x.requires_grad is True and x.grad is None
    y = x * x
    assert y.tolist() == [9.0]
    assert y.backward() is None and x.grad is None
    assert y.backward(np.ones(1)) is None and x.grad is None
    assert Tensor([1.0]).backward() is None
    assert Tensor([1.0]).requires_grad is False
    (x + 1).detach()
    x -= 1  # nothing is recorded, so nothing is refused
    assert x.tolist() == [2.0]
"""
PERCEPTRON = """
    import numpy as np
    from tinytorch.core import Tensor
    from tinytorch.nn import Linear, Sigmoid

    rng = np.random.default_rng(0)
    x = rng.standard_normal((100, 2)).astype(np.float32)
    y = (x[:, 0] + 2 * x[:, 1] > 0).astype(np.float32).reshape(-1, 1)
    layer, sigmoid = Linear(2, 1), Sigmoid()
    for _ in range(500):
        error = sigmoid(layer(Tensor(x))) - Tensor(y)
        layer.weight.data -= 0.1 * (error.T @ Tensor(x)).data
        layer.bias.data -= 0.1 * error.sum(dim=0)
    right = ((sigmoid(layer(Tensor(x))).numpy() > 0.5) == y).mean()
    assert right >= 0.98, right
    assert layer.weight.data.dtype == np.float32 and layer.bias.data.dtype == np.float32
    print("right", right)
"""
USER_CODE = """
    from tinytorch.core import Tensor
    from tinytorch.nn import BCEWithLogitsLoss, CrossEntropyLoss, MSELoss
    from tinytorch.nn import GELU, Linear, Module, Sequential, Tanh

    class Block(Module):
        def __init__(self):
            super().__init__()
            self.layers = [Linear(3, 3), Sequential(Linear(3, 5), GELU(), Linear(5, 3))]

        def forward(self, x):
            for layer in self.layers:
                x = x + layer(x)
            return Tanh()(x)

    model = Block()
    x = Tensor([[1.0, 2.0, 3.0], [0.5, -1.0, 0.0]])
    out = model(x)
    loss = CrossEntropyLoss()(out, [0, 2]) + MSELoss()(out, x) + BCEWithLogitsLoss()(out, x * 0) * 0.5
    loss.backward()
    there = [p.grad is not None for p in model.parameters()]
    print("gradients", sum(there), "of", len(there))
"""


@pytest.fixture(scope="module")
def trees(tmp_path_factory):
    """Importable folders with the modules up to those after which the paper shows what can be imported."""
    folder = tmp_path_factory.mktemp("builds")
    return {n: build(n, folder / str(n)) for n in (1, 4, 5, 9, 13)}


def run(tree, code, arguments=()):
    """The output of `code` in a fresh Python that sees this build before any other; warnings are errors."""
    start = f"import sys; sys.path.insert(0, {str(tree)!r})\n"
    command = [sys.executable, "-P", "-W", "error", *arguments, "-c", start + textwrap.dedent(code)]
    done = subprocess.run(command, capture_output=True, text=True, cwd=tree, timeout=60)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_listing_2_gradients_are_there_and_sleep(trees):
    run(trees[4], ASLEEP)


def test_a_build_of_four_modules_imports_and_says_what_is_missing(trees):
    out = run(
        trees[4],
        """
        import tinytorch
        import tinytorch.nn, tinytorch.optim
        from tinytorch.core.tensor import observers
        assert observers == []
        for name in ("enable_autograd", "no_grad"):
            try:
                getattr(tinytorch, name)
            except ImportError as error:
                print(error)
        try:
            from tinytorch.optim import SGD
        except ImportError as error:
            print(error)
        """,
    )
    assert out.count("module 05 (Autograd)") == 2
    assert "module 06 (Optimizers)" in out


def test_a_perceptron_learns_by_updates_written_by_hand(trees):
    assert "right" in run(trees[4], PERCEPTRON)


def test_the_perceptron_is_the_same_with_gradients_awake(trees):
    assert "right" in run(trees[5], PERCEPTRON)


def test_the_same_code_differentiates_when_module_05_is_there(trees):
    assert run(trees[4], USER_CODE).split() == ["gradients", "0", "of", "6"]
    assert run(trees[5], USER_CODE).split() == ["gradients", "6", "of", "6"]


def test_enabling_by_hand_wakes_what_was_made_before(trees):
    """Listing 3 in order: the tensor and the layer are older than the call."""
    run(
        trees[5],
        """
        from tinytorch.core.tensor import Tensor, observers
        import tinytorch.core.autograd as autograd
        observers.clear()
        Tensor.backward = lambda self, gradient=None: None  # as before module 05
        from tinytorch.nn import Linear
        x, layer = Tensor([3.0], requires_grad=True), Linear(1, 1)
        (x * x).backward()
        assert x.grad is None
        autograd.enable_autograd()
        autograd.enable_autograd()
        (x * x).backward()
        assert x.grad.tolist() == [6.0]
        layer(x).backward()
        assert layer.weight.grad.tolist() == [[3.0]]
        """,
    )


def test_importing_wakes_gradients_where_module_05_is_installed(trees):
    """Whatever is imported first: a submodule brings the package, and the package wakes."""
    for first in (
        "import tinytorch",
        "from tinytorch.core import Tensor",
        "from tinytorch.core.tensor import Tensor",
    ):
        code = f"""
        {first}
        from tinytorch.core import Tensor
        x = Tensor([3.0], requires_grad=True)
        (x * x).backward()
        print(x.grad.item())
        """
        assert run(trees[5], code).strip() == "6.0"


def test_listing_3(capsys):
    enable_autograd()
    x = Tensor([3.0], requires_grad=True)
    y = x * x  # y = 9.0
    assert y.item() == 9.0
    y.backward()
    print(x.grad)
    assert "6." in capsys.readouterr().out
    assert x.grad.tolist() == [6.0]


# -- figure 1b: an Adam of one's own -------------------------------------------------------------------------


def zeros_like(p):
    from tinytorch import zeros_like

    return zeros_like(p)


class Adam:
    """As in the figure: the averages are Tensors, made anew each step; `data` is changed by a Tensor."""

    def __init__(self, params, lr=0.001):
        self.params = params
        self.lr = lr
        self.m = [zeros_like(p) for p in params]
        self.v = [zeros_like(p) for p in params]

    def step(self):
        for i, p in enumerate(self.params):
            self.m[i] = 0.9 * self.m[i] + 0.1 * p.grad
            self.v[i] = 0.99 * self.v[i] + 0.001 * p.grad**2
            p.data -= self.lr * self.m[i] / (self.v[i].sqrt() + 1e-8)


def test_figure_1b_trains():
    manual_seed(0)
    model = nn.Sequential(nn.Linear(2, 16), nn.Tanh(), nn.Linear(16, 2))
    optimizer, loss_of = Adam(list(model.parameters()), lr=0.01), nn.CrossEntropyLoss()
    x, labels = Tensor([[0, 0], [0, 1], [1, 0], [1, 1]]), [0, 1, 1, 0]
    arrays = [p.data for p in model.parameters()]
    losses = []
    for _ in range(150):
        loss = loss_of(model(x), labels)
        for p in model.parameters():
            p.grad = None
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    assert losses[-1] < 0.05 < losses[0]
    assert model(x).argmax(dim=1).tolist() == labels
    assert all(p.data is a and a.dtype == np.float32 for p, a in zip(model.parameters(), arrays, strict=True))


def test_figure_1b_keeps_twice_the_parameters_and_no_graph():
    params = list(nn.Linear(784, 10).parameters())
    optimizer = Adam(params)
    assert sum(t.nbytes for t in optimizer.m + optimizer.v) == 2 * sum(p.nbytes for p in params)
    for p in params:
        p.grad = tinytorch.ones_like(p)
    optimizer.step()
    for t in optimizer.m + optimizer.v + params:
        assert t._node is None
        assert t.dtype == np.float32
    assert not any(t.requires_grad for t in optimizer.m + optimizer.v)


def test_figure_1b_starts_from_tensors_that_need_no_gradient():
    p = nn.Linear(2, 2).weight
    assert tinytorch.zeros_like(p).requires_grad is False
    assert tinytorch.zeros_like(p).tolist() == [[0, 0], [0, 0]]


# -- figure 1c: a transformer ---------------------------------------------------------------------------------

FIGURE_1C = """
    # After Module 13: train
    # transformers with YOUR code
    from tinytorch.nn import (
        Transformer, Embedding)
    from tinytorch.optim import Adam
    from tinytorch.data import DataLoader

    model = Transformer(
        vocab=1000, d_model=64,
        n_heads=4, n_layers=2)
    opt = Adam(model.parameters())

    for batch in DataLoader(data):
        loss = model(batch.x,
                     batch.y)
        loss.backward() # Yours!
        opt.step()      # Yours!
        # You understand WHY it
        # works
        # because you built it all!
"""
TEXTS = """
    import numpy as np
    from tinytorch.data import TensorDataset
    ids = np.random.default_rng(0).integers(0, 1000, (8, 17))
    data = {data}
"""
AFTERWARDS = """
    assert 5 < loss.item() < 9 and loss.shape == (), loss
    assert batch.x.shape == batch.y.shape == (1, 16)
    there = [p.grad is not None and bool(p.grad.data.any()) for p in model.parameters()]
    assert all(there) and len(there) == 29
    assert sum(p.size for p in model.parameters()) == 293_632
    assert isinstance(model.embedding, Embedding)
    assert opt.state[model.head.weight]["step"] == 8
"""


@pytest.mark.parametrize("data", ["TensorDataset(ids[:, :-1], ids[:, 1:])", "[(row[:-1], row[1:]) for row in ids]"])
def test_figure_1c_trains(trees, data):
    parts = (TEXTS.replace("{data}", data), FIGURE_1C, AFTERWARDS)
    run(trees[13], "".join(textwrap.dedent(part) for part in parts))


# -- figure 1a -----------------------------------------------------------------------------------------------


def test_figure_1a_the_loop():
    """The user's side, with our names in the place of theirs."""
    from tinytorch import optim

    manual_seed(0)
    model = nn.Linear(784, 10)
    optimizer = optim.Adam(model.parameters())
    loss_fn = nn.CrossEntropyLoss()
    rng = np.random.default_rng(0)
    dataloader = [(Tensor(rng.random((8, 784))), rng.integers(0, 10, 8))]
    losses = []
    for _ in range(10):
        for x, y in dataloader:
            pred = model(x)
            loss = loss_fn(pred, y)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
    assert losses[-1] < losses[0]


# -- listing 5 and the imports -------------------------------------------------------------------------------


def test_listing_5_memory_footprint_is_the_arrays_bytes():
    """The cell itself, with its metadata, is the course's to check; here is what it computes."""
    for shape in [(), (0,), (3,), (2, 3, 4)]:
        x = Tensor(np.zeros(shape))
        assert x.memory_footprint() == x.data.nbytes == 4 * x.size


@pytest.mark.parametrize(
    "line",
    [
        "from tinytorch.core import Tensor",
        "from tinytorch.nn import Linear, Sigmoid",
        "from tinytorch.optim import SGD",
        "from tinytorch.nn import CrossEntropyLoss",
        "from tinytorch.optim import Adam",
        "from tinytorch.core.tensor import Tensor",
        "from tinytorch.training import Trainer",
        "import tinytorch.nn as nn",
        "import tinytorch.optim as optim",
    ],
)
def test_imports_as_printed(line):
    exec(line, {})


def test_listing_6_imports_expand(trees):
    """Each line as soon as the module before it is written, and not earlier."""
    first = "from tinytorch.core import Tensor"
    second = "from tinytorch.nn import Conv2d, MaxPool2d, Linear"
    third = "from tinytorch.nn import Transformer, Embedding,\\\n   Attention"
    for n, lines in {1: [first], 9: [first, second], 13: [first, second, third]}.items():
        run(trees[n], "\n".join(lines))
    for n, line in {1: second, 9: third}.items():
        refused = f"try:\n    {line}\nexcept ImportError as error:\n    print(error)"
        assert "is built in module" in run(trees[n], refused)


def test_listing_6_after_module_09_gradients_flow(trees):
    run(
        trees[9],
        """
        from tinytorch.core import Tensor
        from tinytorch.nn import Conv2d, MaxPool2d, Linear
        layers = [Conv2d(3, 4, 3), MaxPool2d(2), lambda x: x.reshape(2, -1), Linear(36, 5)]
        out = Tensor([[[[1.0] * 8] * 8] * 3] * 2)
        for layer in layers:
            out = layer(out)
        out.sum().backward()
        assert layers[0].weight.grad.shape == (4, 3, 3, 3) and layers[-1].weight.grad.shape == (5, 36)
        """,
    )


def test_imports_give_one_class():
    from tinytorch.core import Tensor as A
    from tinytorch.core.tensor import Tensor as B

    assert A is B is tinytorch.Tensor is Tensor
