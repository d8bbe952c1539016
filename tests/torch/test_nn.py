"""Activations, layers and losses have PyTorch's values, gradients, names and shapes."""

import numpy as np
import pytest
import torch
from generated import numbers, shapes
from hypothesis import given
from hypothesis import strategies as st
from oracle import agree, close, our_tensor, same_gradient, their_tensor

import tinytorch
from tinytorch import Tensor, nn
from tinytorch.nn.layers import calculate_gain, fans

TYPES = st.sampled_from([np.float32, np.float64])
ACTIVATIONS = {"ReLU": {}, "Sigmoid": {}, "Tanh": {}, "GELU": {}, "GELU tanh": {"approximate": "tanh"}}


def activation(library, name):
    return getattr(library, name.split()[0])(**ACTIVATIONS[name])


@pytest.mark.parametrize("name", ACTIVATIONS)
@given(data=st.data())
def test_activations(name, data):
    """GELU's error function is a fit good to 6e-8, which shows in float64."""
    shape, dtype = data.draw(shapes()), data.draw(TYPES)
    tolerance = {"atol": 1e-6} if name == "GELU" else {}
    a = data.draw(numbers(shape, -6, 6, dtype))
    agree(activation(nn, name), a, theirs=activation(torch.nn, name), **tolerance)


@given(data=st.data())
def test_softmax_and_log_softmax(data):
    shape, dtype = data.draw(shapes(least=1)), data.draw(TYPES)
    dim, a = data.draw(st.integers(-len(shape), len(shape) - 1)), data.draw(numbers(shape, -6, 6, dtype))
    agree(nn.Softmax(dim), a, theirs=torch.nn.Softmax(dim))
    agree(lambda a: nn.log_softmax(a, dim), a, theirs=lambda a: torch.log_softmax(a, dim))


@pytest.mark.parametrize("name", [*ACTIVATIONS, "Softmax"])
def test_activations_are_shown_as_theirs(name):
    if name == "Softmax":
        assert repr(nn.Softmax(-1)) == repr(torch.nn.Softmax(-1))
    else:
        assert repr(activation(nn, name)) == repr(activation(torch.nn, name))


# -- layers --------------------------------------------------------------------------------------------------


def twins(n, m, bias=True):
    """The same layer twice, with the same numbers."""
    ours, theirs = nn.Linear(n, m, bias=bias), torch.nn.Linear(n, m, bias=bias)
    ours.load_state_dict({name: value.numpy() for name, value in theirs.state_dict().items()})
    return ours, theirs


@given(data=st.data(), bias=st.booleans())
def test_linear(data, bias):
    n, m = data.draw(st.integers(1, 5)), data.draw(st.integers(1, 5))
    ours, theirs = twins(n, m, bias)
    agree(ours, data.draw(numbers((*data.draw(shapes(0, 3)), n))), theirs=theirs)
    for (name, p), (their_name, q) in zip(ours.named_parameters(), theirs.named_parameters(), strict=True):
        assert name == their_name
        same_gradient(p.grad, q.grad, name, atol=1e-5)


def test_a_layer_used_twice():
    ours, theirs = twins(3, 3)
    agree(
        lambda x: ours(ours(x)) + ours(x),
        np.ones((2, 3), np.float32),
        theirs=lambda x: theirs(theirs(x)) + theirs(x),
    )
    for p, q in zip(ours.parameters(), theirs.parameters(), strict=True):
        same_gradient(p.grad, q.grad, "a shared parameter")


class OurBlock(nn.Module):
    def __init__(self, n):
        super().__init__()
        self.first = nn.Linear(n, n)
        self.layers = [
            nn.Linear(n, n, bias=False),
            nn.Sequential(nn.Linear(n, 2 * n), nn.ReLU(), nn.Linear(2 * n, n)),
        ]
        self.scale = nn.Parameter(np.ones(n))
        self.register_buffer("shift", Tensor(np.full(n, 0.5)))
        self.unused = None

    def forward(self, x):
        x = self.first(x)
        for layer in self.layers:
            x = x + layer(x)
        return x * self.scale + self.shift


class TheirBlock(torch.nn.Module):
    def __init__(self, n):
        super().__init__()
        linear, sequential = torch.nn.Linear, torch.nn.Sequential
        self.first = linear(n, n)
        self.layers = torch.nn.ModuleList(
            [linear(n, n, bias=False), sequential(linear(n, 2 * n), torch.nn.ReLU(), linear(2 * n, n))]
        )
        self.scale = torch.nn.Parameter(torch.ones(n))
        self.register_buffer("shift", torch.full((n,), 0.5))
        self.unused = None

    forward = OurBlock.forward


def mlp(library):
    return library.Sequential(
        library.Linear(6, 5), library.ReLU(), library.Linear(5, 4), library.Tanh(), library.Linear(4, 3)
    )


class OurTree(nn.Module):
    def __init__(self):
        super().__init__()
        self.blocks = (OurBlock(4), OurBlock(4))
        self.head = nn.Sequential(nn.Sequential(nn.Linear(4, 2)), nn.Dropout(0.5))

    def forward(self, x):
        for block in self.blocks:
            x = block(x)
        return self.head(x)


class TheirTree(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.blocks = torch.nn.ModuleList([TheirBlock(4), TheirBlock(4)])
        self.head = torch.nn.Sequential(torch.nn.Sequential(torch.nn.Linear(4, 2)), torch.nn.Dropout(0.5))

    forward = OurTree.forward


MODELS = {
    "linear": (lambda: nn.Linear(6, 3), lambda: torch.nn.Linear(6, 3), 6),
    "mlp": (lambda: mlp(nn), lambda: mlp(torch.nn), 6),
    "block": (lambda: OurBlock(4), lambda: TheirBlock(4), 4),
    "tree": (OurTree, TheirTree, 4),
}


@pytest.mark.parametrize("name", MODELS)
def test_state_dicts_have_their_names_and_shapes(name):
    """The same names; the order may differ where parameters stand beside modules."""
    ours, theirs, _ = MODELS[name]
    mine = {k: v.shape for k, v in ours().state_dict().items()}
    assert mine == {k: tuple(v.shape) for k, v in theirs().state_dict().items()}
    named = {k: p.shape for k, p in ours().named_parameters()}
    assert named == {k: tuple(p.shape) for k, p in theirs().named_parameters()}
    assert {k for k, _ in ours().named_buffers()} == {k for k, _ in theirs().named_buffers()}


@pytest.mark.parametrize("name", MODELS)
def test_models_with_the_same_numbers_agree(name):
    make_ours, make_theirs, n = MODELS[name]
    ours, theirs = make_ours().eval(), make_theirs().eval()
    ours.load_state_dict({k: v.numpy() for k, v in theirs.state_dict().items()})
    agree(ours, np.random.default_rng(3).standard_normal((5, n)).astype(np.float32), theirs=theirs, atol=2e-5)
    judges = dict(theirs.named_parameters())
    for key, p in ours.named_parameters():
        same_gradient(p.grad, judges[key].grad, key, atol=1e-4)


@pytest.mark.parametrize("name", ["linear", "mlp"])
def test_models_are_shown_as_theirs(name):
    ours, theirs, _ = MODELS[name]
    assert repr(ours()) == repr(theirs())


def test_dropout_is_shown_as_theirs():
    assert repr(nn.Dropout(0.25)).split(",")[0].rstrip(")") == repr(torch.nn.Dropout(0.25)).split(",")[
        0
    ].rstrip(")")


# -- how weights start ---------------------------------------------------------------------------------------


def spread(values):
    """Bounds and standard deviation, as fractions of the largest size."""
    return np.abs(values).max(), values.std(), values.mean()


def same_distribution(ours, theirs):
    """Uniform numbers: the same bound (reached to 1 %), the same deviation, mean 0."""
    (bound, deviation, mean), (their_bound, their_deviation, _) = spread(ours), spread(theirs)
    assert ours.shape == theirs.shape
    assert ours.dtype == theirs.dtype
    assert bound == pytest.approx(their_bound, rel=0.01)
    assert deviation == pytest.approx(their_deviation, rel=0.03)
    assert abs(mean) < 0.03 * bound


@pytest.mark.parametrize(("n", "m"), [(784, 128), (50, 400), (400, 50)])
def test_linear_starts_as_theirs(n, m):
    tinytorch.manual_seed(0)
    torch.manual_seed(0)
    ours, theirs = nn.Linear(n, m), torch.nn.Linear(n, m)
    same_distribution(ours.weight.data, theirs.weight.detach().numpy())
    assert np.abs(ours.weight.data).max() <= 1 / np.sqrt(n)
    assert np.abs(ours.bias.data).max() <= 1 / np.sqrt(n)
    assert np.abs(ours.bias.data).max() > 0.8 / np.sqrt(n)


@pytest.mark.parametrize("gain", [1.0, 5 / 3])
@pytest.mark.parametrize("shape", [(100, 300), (40, 20, 5, 5)])
def test_xavier(shape, gain):
    tinytorch.manual_seed(0)
    torch.manual_seed(0)
    ours, theirs = Tensor(np.zeros(shape)), torch.zeros(shape)
    assert nn.xavier_uniform_(ours, gain) is ours
    same_distribution(ours.data, torch.nn.init.xavier_uniform_(theirs, gain).numpy())


@pytest.mark.parametrize("mode", ["fan_in", "fan_out"])
@pytest.mark.parametrize(
    ("a", "nonlinearity"), [(0, "leaky_relu"), (0.2, "leaky_relu"), (0, "relu"), (0, "tanh")]
)
def test_kaiming(mode, a, nonlinearity):
    tinytorch.manual_seed(0)
    torch.manual_seed(0)
    ours, theirs = Tensor(np.zeros((100, 300))), torch.zeros(100, 300)
    assert nn.kaiming_uniform_(ours, a=a, mode=mode, nonlinearity=nonlinearity) is ours
    judge = torch.nn.init.kaiming_uniform_(theirs, a=a, mode=mode, nonlinearity=nonlinearity)
    same_distribution(ours.data, judge.numpy())


@pytest.mark.parametrize("name", ["linear", "sigmoid", "tanh", "relu", "leaky_relu"])
def test_gains(name):
    assert calculate_gain(name) == pytest.approx(torch.nn.init.calculate_gain(name))
    assert calculate_gain(name, 0.3) == pytest.approx(torch.nn.init.calculate_gain(name, 0.3))


@pytest.mark.parametrize("shape", [(3, 4), (5, 4, 3), (5, 4, 3, 2)])
def test_fans(shape):
    assert fans(Tensor(np.zeros(shape))) == torch.nn.init._calculate_fan_in_and_fan_out(torch.zeros(shape))


# -- dropout -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("p", [0.1, 0.5, 0.9])
def test_dropout_statistics(p):
    """The share of zeros is p within four standard errors; what is kept is scaled by exactly their factor."""
    tinytorch.manual_seed(1)
    x = np.ones((300, 300), np.float32)
    ours, theirs = nn.Dropout(p)(Tensor(x)).data, torch.nn.Dropout(p)(torch.tensor(x)).numpy()
    assert abs((ours == 0).mean() - p) < 4 * np.sqrt(p * (1 - p) / x.size)
    assert ours.max() == pytest.approx(theirs.max(), rel=1e-6)
    assert len(np.unique(ours)) == 2
    assert ours.dtype == np.float32
    rows = (ours == 0).mean(axis=1)  # each place by itself, not whole rows
    assert 0 < rows.std() < 4 * np.sqrt(p * (1 - p) / x.shape[1])


@pytest.mark.parametrize("p", [0.0, 0.3, 1.0])
def test_dropout_at_its_ends_and_in_eval_mode(p):
    ours, theirs = nn.Dropout(p), torch.nn.Dropout(p)
    if p != 0.3:
        agree(ours, np.ones((4, 5), np.float32), theirs=theirs)
    agree(ours.eval(), np.ones((4, 5), np.float32), theirs=theirs.eval())


def test_dropout_gradient_is_the_mask():
    tinytorch.manual_seed(2)
    x = our_tensor(np.ones((20, 20), np.float32))
    out = nn.Dropout(0.4)(x)
    out.sum().backward()
    np.testing.assert_array_equal(x.grad.data, out.data)


# -- losses --------------------------------------------------------------------------------------------------

REDUCTIONS = st.sampled_from(["mean", "sum", "none"])


@given(data=st.data(), reduction=REDUCTIONS, dtype=TYPES)
def test_mse(data, reduction, dtype):
    shape = data.draw(shapes(smallest=1))
    a, b = data.draw(numbers(shape, dtype=dtype)), data.draw(numbers(shape, dtype=dtype))
    agree(nn.MSELoss(reduction=reduction), a, b, theirs=torch.nn.MSELoss(reduction=reduction))


@given(data=st.data(), reduction=REDUCTIONS, dtype=TYPES)
def test_bce_with_logits(data, reduction, dtype):
    shape = data.draw(shapes(smallest=1))
    a, b = data.draw(numbers(shape, -8, 8, dtype)), data.draw(numbers(shape, 0, 1, dtype))
    theirs = torch.nn.BCEWithLogitsLoss(reduction=reduction)
    agree(nn.BCEWithLogitsLoss(reduction=reduction), a, b, theirs=theirs)


@given(
    data=st.data(),
    reduction=REDUCTIONS,
    dtype=TYPES,
    kind=st.sampled_from(["array", "list", "Tensor", "floats"]),
)
def test_cross_entropy(data, reduction, dtype, kind):
    rows, classes = data.draw(st.integers(1, 6)), data.draw(st.integers(1, 5))
    logits = data.draw(numbers((rows, classes), -8, 8, dtype))
    labels = np.array(data.draw(st.lists(st.integers(0, classes - 1), min_size=rows, max_size=rows)))
    given_labels = {
        "array": labels,
        "list": labels.tolist(),
        "Tensor": tinytorch.tensor(labels),
        "floats": Tensor(labels),
    }[kind]
    ours, theirs = nn.CrossEntropyLoss(reduction=reduction), torch.nn.CrossEntropyLoss(reduction=reduction)
    agree(lambda a: ours(a, given_labels), logits, theirs=lambda a: theirs(a, torch.tensor(labels)))


def test_losses_of_a_number():
    a, b = np.float32(0.25), np.float32(1.0)
    agree(nn.MSELoss(), a, b, theirs=torch.nn.MSELoss())
    agree(nn.BCEWithLogitsLoss(), a, b, theirs=torch.nn.BCEWithLogitsLoss())


# -- a whole model -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("hidden", [1, 7])
@pytest.mark.parametrize("act", ["ReLU", "Tanh", "GELU"])
def test_a_network_and_its_loss(hidden, act):
    """Every gradient of a two-layer classifier."""

    def build(library):
        layers = [library.Linear(6, hidden), getattr(library, act)(), library.Linear(hidden, 3)]
        return library.Sequential(*layers)

    ours, theirs = build(nn), build(torch.nn)
    ours.load_state_dict({k: v.numpy() for k, v in theirs.state_dict().items()})
    x, labels = np.random.default_rng(5).standard_normal((8, 6)).astype(np.float32), np.arange(8) % 3
    loss, judge = nn.CrossEntropyLoss()(ours(Tensor(x)), labels), torch.nn.CrossEntropyLoss()
    want = judge(theirs(their_tensor(x, False)), torch.tensor(labels))
    close(loss, want)
    loss.backward()
    want.backward()
    for p, q in zip(ours.parameters(), theirs.parameters(), strict=True):
        close(p.grad, q.grad, atol=2e-6)
