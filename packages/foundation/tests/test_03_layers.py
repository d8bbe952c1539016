"""Layers together with Tensors and activations: models as trees, files, edge values, bad input, the door."""

import numpy as np
import pytest

from tinytorch.core.tensor import Tensor, manual_seed, observers, randn, running, tensor, zeros
from tinytorch.nn import (
    Dropout,
    Linear,
    Module,
    Parameter,
    ReLU,
    Sequential,
    kaiming_uniform_,
    linear_explicit,
    xavier_uniform_,
)
from tinytorch.testing import check, check_raises, check_true


class Block(Module):
    """A part with a list, a buffer and a part that is shared, as a learner would write one."""

    def __init__(self, width):
        self.layers = [Linear(width, width), ReLU(), Linear(width, width)]
        self.drop = Dropout(0.5)
        self.register_buffer("count", tensor([0]))

    def forward(self, x):
        for layer in self.layers:
            x = layer(x)
        return self.drop(x)


def model():
    return Sequential(Linear(4, 3), ReLU(), Block(3), Linear(3, 2, bias=False))


NAMES = [
    "0.weight",
    "0.bias",
    "2.layers.0.weight",
    "2.layers.0.bias",
    "2.layers.2.weight",
    "2.layers.2.bias",
    "3.weight",
]


def test_the_names_of_a_nested_model():
    check("the names of its parameters", [name for name, _ in model().named_parameters()], NAMES)
    check("the keys of its state", sorted(model().state_dict()), sorted([*NAMES, "2.count"]))
    check("its buffers", [name for name, _ in model().named_buffers()], ["2.count"])


def test_a_state_goes_from_model_to_model():
    manual_seed(0)
    first, second, x = model().eval(), model().eval(), randn(5, 4)
    check_true("two models start with different weights", bool((first(x) != second(x)).data.any()))
    second.load_state_dict(first.state_dict())
    check("second(x) after second.load_state_dict(first.state_dict())", second(x), first(x))
    third = model().eval()
    third.load_state_dict({name: value.numpy() for name, value in first.state_dict().items()})
    check("third(x) after the same from arrays", third(x), first(x))


def test_a_state_shares_the_memory_of_the_model():
    layer = Linear(2, 1)
    layer.state_dict()["weight"].data[...] = 7
    check(
        "the weight after state_dict()['weight'].data[...] = 7",
        layer.weight.data,
        np.full((1, 2), 7, np.float32),
    )


def test_a_state_that_does_not_fit_changes_nothing():
    m = model()
    before = {name: value.numpy().copy() for name, value in m.state_dict().items()}
    state = {name: np.full(value.shape, 9.0) for name, value in before.items()}
    state["3.weight"] = np.zeros((3, 2))
    check_raises(
        "3.weight transposed", lambda: m.load_state_dict(state), RuntimeError, "3.weight", "(2, 3)", "(3, 2)"
    )
    state["3.weight"] = [["a"]]
    check_raises("3.weight a text", lambda: m.load_state_dict(state), TypeError, "numbers")
    for name, value in m.state_dict().items():
        check(f"{name} after the two errors", value.data, before[name])


def test_a_buffer_of_whole_numbers_keeps_its_type():
    block = Block(2)
    block.load_state_dict({**block.state_dict(), "count": np.array([3.0])})
    check("count after loading 3.0", block.count.data, np.array([3]))
    check_raises("register_buffer('a', 3)", lambda: block.register_buffer("a", 3), TypeError, "int")


def test_train_and_eval_reach_every_part():
    m = model()
    check("what eval() returns is the model", m.eval() is m, True)
    x = randn(3, 4)
    check("m(x), twice in eval mode", m(x), m(x))
    m.train()
    manual_seed(1)
    seen = [m(Tensor(np.ones((50, 4)))).data.tobytes() for _ in range(2)]
    check("m(x), twice in train mode, gives the same", seen[0] == seen[1], False)


def test_zero_grad_reaches_every_parameter():
    m = model()
    for parameter in m.parameters():
        parameter.grad = Tensor(np.ones(parameter.shape))
    m.zero_grad()
    check("the grads after zero_grad()", [p.grad for p in m.parameters()], [None] * len(NAMES))


def test_a_shared_layer():
    layer = Linear(2, 2)
    m = Sequential(layer, ReLU(), layer)
    check("the number of its parameters", len(list(m.parameters())), 2)
    check("the keys of its state", list(m.state_dict()), ["0.weight", "0.bias", "2.weight", "2.bias"])
    x = randn(3, 2)
    check("m(x)", m(x), layer(ReLU()(layer(x))))


def test_what_a_model_looks_like():
    want = """Sequential(
  (0): Linear(in_features=4, out_features=3, bias=True)
  (1): ReLU()
  (2): Sequential(
    (0): Dropout(p=0.5)
    (1): Linear(in_features=3, out_features=2, bias=False)
  )
)"""
    m = Sequential(Linear(4, 3), ReLU(), Sequential(Dropout(0.5), Linear(3, 2, bias=False)))
    check("repr(m)", repr(m), want)


def test_parts_of_a_sequential():
    m = model()
    check("len(m)", len(m), 4)
    check("m[-1] is the last layer", m[-1] is m.layers[-1], True)
    x = randn(2, 4)
    check("m[:2](x)", m[:2](x), m[1](m[0](x)))
    check("list(m)", list(m) == m.layers, True)


@pytest.mark.parametrize("shape", [(3,), (5, 3), (2, 5, 3), (0, 3), (2, 0, 3)])
@pytest.mark.parametrize("bias", [True, False])
def test_linear_over_shapes(shape, bias):
    manual_seed(2)
    layer, x = Linear(3, 4, bias=bias), randn(*shape)
    want = x.data @ layer.weight.data.T + (layer.bias.data if bias else 0)
    check(f"{layer}(x), x of shape {shape}", layer(x), Tensor(want))


def test_linear_is_a_composite_and_stays_float32():
    seen, layer = [], Linear(3, 4)
    observers.append(lambda name, *rest: seen.append((name, *running)))
    try:
        layer(zeros(2, 3))
    finally:
        observers.pop()
    views = ("permute", "transpose")  # either way to transpose is right
    want = [(name, "linear") for name in ("matmul", "add")]
    check("the operations seen in Linear(3, 4)(x)", [each for each in seen if each[0] not in views], want)
    check("the composites that ran them", {each[1:] for each in seen}, {("linear",)})
    check("layer(x).dtype, x of whole numbers", layer(tensor([[1, 2, 3]])).dtype, np.dtype(np.float32))
    check("layer(x), x an array of float64", layer(np.ones((1, 3))), layer(Tensor([[1, 1, 1]])))
    check(
        "layer(x).dtype, x of float64",
        layer(tensor([[1, 2, 3]], dtype=np.float64)).dtype,
        np.dtype(np.float64),
    )


def test_the_loops_agree_with_the_product():
    layer, x = Linear(7, 5), randn(3, 7)
    check("linear_explicit(x, weight, bias)", linear_explicit(x, layer.weight, layer.bias), layer(x))


def test_linear_refuses():
    layer = Linear(3, 4)
    for shape in [(2, 4), (3, 2), ()]:
        x = zeros(*shape)
        check_raises(f"Linear(3, 4)(x), x of shape {shape}", lambda x=x: layer(x), ValueError, "3", shape)
    check_raises("Linear(0, 4)", lambda: Linear(0, 4), ValueError, "in_features", "0")
    check_raises("Linear(3, -1)", lambda: Linear(3, -1), ValueError, "out_features", "-1")
    check_raises("Linear(2.5, 4)", lambda: Linear(2.5, 4), TypeError, "2.5")


def test_the_same_seed_gives_the_same_model():
    manual_seed(3)
    first = model().state_dict()
    manual_seed(3)
    second = model().state_dict()
    for name in NAMES:
        check(f"{name} after the same seed", second[name], first[name])


def test_dropout_at_its_ends():
    x = randn(4, 5)
    check("Dropout(0)(x)", Dropout(0)(x), x)
    check("Dropout(1)(x)", Dropout(1)(x), zeros(4, 5))
    check("Dropout(0.5)(x) of nothing", Dropout(0.5)(zeros(0, 3)), zeros(0, 3))
    check("its dtype", Dropout(0.5)(x).dtype, np.dtype(np.float32))
    for p in (-0.1, 1.5):
        check_raises(f"Dropout({p})", lambda p=p: Dropout(p), ValueError, p)


def test_initialization_refuses_and_knows_fields():
    w = xavier_uniform_(zeros(8, 4, 3, 3))
    check(
        "the largest of xavier_uniform_(zeros(8, 4, 3, 3)) is below its bound",
        bool(abs(w).max() <= (6 / 108) ** 0.5),
        True,
    )
    check_true("and it is filled", abs(w).max() > 0.2)
    check_raises("xavier_uniform_(zeros(3))", lambda: xavier_uniform_(zeros(3)), ValueError, "(3,)")
    check_raises(
        'kaiming_uniform_(w, mode="both")', lambda: kaiming_uniform_(w, mode="both"), ValueError, "both"
    )
    call = 'kaiming_uniform_(w, nonlinearity="step")'
    check_raises(call, lambda: kaiming_uniform_(w, nonlinearity="step"), ValueError, "step", "relu")


def test_a_module_without_forward_says_so():
    class Empty(Module):
        pass

    check("the parameters of an empty module", list(Empty().parameters()), [])
    check_raises("Empty()(1)", lambda: Empty()(1), NotImplementedError, "Empty")


def test_sequential_refuses_what_cannot_be_called():
    check("Sequential(abs)([-1])", Sequential(abs)(Tensor([-1])), Tensor([1]))
    check_raises("Sequential(3)", lambda: Sequential(3), TypeError, "3")


def test_a_parameter_is_a_tensor():
    p = Parameter([[1.0, 2.0]])
    check("p @ p.T", p @ p.T, Tensor([[5.0]]))
    check("Linear(2, 1).weight.requires_grad", Linear(2, 1).weight.requires_grad, True)
    check("type(p * 2)", type(p * 2) is Tensor, True)


def test_dropout_draws_for_each_row():
    manual_seed(0)
    rows = Dropout(0.5)(Tensor(np.ones((50, 20)))).data
    check_true("50 rows of one batch do not all lose the same positions", len({tuple(row) for row in rows}) > 40)


def test_a_state_with_more_than_the_model_has():
    model = Linear(2, 2)
    state = {**model.state_dict(), "extra": zeros(2)}
    call = "load_state_dict of a state with a key 'extra'"
    check_raises(call, lambda: model.load_state_dict(state), RuntimeError, "extra")
    model.load_state_dict(state, strict=False)
