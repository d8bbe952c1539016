"""Optimizers together with tensors, layers, losses and autograd."""

import math
import tracemalloc
import warnings

import numpy as np
import pytest

from tinytorch.core.tensor import Tensor, kernels, manual_seed, rng, wrap, zeros_like
from tinytorch.nn.activations import ReLU
from tinytorch.nn.layers import Linear, Sequential
from tinytorch.nn.losses import CrossEntropyLoss, MSELoss
from tinytorch.optim.optimizers import SGD, Adam, AdamW
from tinytorch.testing import check, check_raises, check_true

EVERY = {
    "SGD": lambda params: SGD(params, lr=0.1),
    "SGD with weight decay": lambda params: SGD(params, lr=0.1, weight_decay=0.1),
    "SGD with momentum": lambda params: SGD(params, lr=0.1, momentum=0.9),
    "SGD with Nesterov momentum": lambda params: SGD(params, lr=0.1, momentum=0.9, nesterov=True),
    "Adam": lambda params: Adam(params, lr=0.1),
    "Adam with weight decay": lambda params: Adam(params, lr=0.1, weight_decay=0.1),
    "AdamW": lambda params: AdamW(params, lr=0.1),
}
every = pytest.mark.parametrize("name", EVERY)


def parameter(*shape, grad=1.0):
    p = Tensor(np.ones(shape), requires_grad=True)
    p.grad = Tensor(np.full(shape, grad))
    return p


def steps(optimizer, params, count):
    """Some steps with gradients that are the same for every optimizer."""
    for t in range(1, count + 1):
        for i, p in enumerate(params):
            p.grad = Tensor(np.full(p.shape, math.sin(t + i)))
        optimizer.step()


def problem():
    manual_seed(5)
    x = Tensor(rng.standard_normal((60, 4)))
    labels = (x.data.sum(axis=1) > 0).astype(np.int64)
    return Sequential(Linear(4, 8), ReLU(), Linear(8, 2)), x, labels


# -- training ----------------------------------------------------------------------------------------------


@every
def test_a_network_learns(name):
    model, x, labels = problem()
    optimizer, loss_of, losses = EVERY[name](model.parameters()), CrossEntropyLoss(), []
    for _ in range(60):
        loss = loss_of(model(x), labels)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    check_true(
        f"{name}: the loss falls by a fifth: {losses[0]:.2f} to {losses[-1]:.2f}",
        losses[-1] < 0.8 * losses[0],
    )


@every
def test_updates_are_in_place_and_float32(name):
    p = parameter(300, 400)
    array, gradient = p.data, p.grad.data.copy()
    optimizer = EVERY[name]([p])
    optimizer.step()
    check_true(f"{name}: the parameter still has its own array", p.data is array, "p -= ..., not p = p - ...")
    check_true(f"{name}: the array has changed", not (p.data == 1).any())
    check(f"{name}: dtype of the parameter after a step", p.dtype, np.dtype(np.float32))
    check(f"{name}: p.grad after a step: it stays", p.grad, gradient)
    for key, value in optimizer.state[p].items() if optimizer.state else ():
        if isinstance(value, Tensor):
            check(f"{name}: dtype of its state {key}", value.dtype, np.dtype(np.float32))


@every
def test_each_parameter_is_updated_as_if_alone(name):
    together = [
        parameter(2, 3),
        parameter(2, 3),
        parameter(),
        parameter(0, 3),
        parameter(70_000),
        parameter(300, 301),
    ]
    alone = [Tensor(p.data, requires_grad=True) for p in together]
    steps(EVERY[name](together), together, 4)
    for i, p in enumerate(alone):
        optimizer = EVERY[name]([p])
        for t in range(1, 5):
            p.grad = Tensor(np.full(p.shape, math.sin(t + i)))
            optimizer.step()
        check(f"{name}: parameter {i} of shape {p.shape}, updated among others", together[i], p)


def test_a_parameter_may_be_a_view():
    rows = np.arange(120_000, dtype=np.float32).reshape(300, 400)
    for name, view in {
        "transposed": rows.T,
        "every second column": rows[:, ::2],
        "reversed": rows[::-1],
    }.items():
        want = view - 1
        p = wrap(view)
        p.grad = Tensor(np.ones(p.shape))
        Adam([p], lr=1).step()
        check(f"an array after a step of Adam on it, {name}", view, want)


def test_parameters_without_gradient_are_left_alone():
    a, b = parameter(3), parameter(3)
    b.grad = None
    optimizer = Adam([a, b], lr=0.1, weight_decay=0.5)
    optimizer.step()
    check("a parameter without a gradient after step()", b.data, np.ones(3, np.float32))
    check_true("it has no state either", b not in optimizer.state)
    check_true("the other one has moved", (a.data < 1).all())


def test_state_bytes_of_a_model():
    model, x, labels = problem()
    size = sum(p.nbytes for p in model.parameters())
    made = {"SGD": 0, "SGD with momentum": 1, "Adam": 2, "AdamW": 2}
    for name, factor in made.items():
        optimizer = EVERY[name](model.parameters())
        check(f"state_bytes() of {name} before its first step", optimizer.state_bytes(), 0)
        optimizer.zero_grad()
        CrossEntropyLoss()(model(x), labels).backward()
        optimizer.step()
        check(f"state_bytes() of {name}, parameters of {size} bytes", optimizer.state_bytes(), factor * size)


def test_a_step_keeps_its_state_and_nothing_else():
    p = parameter(512, 1024)
    for name, factor in {"SGD": 0, "SGD with momentum": 1, "Adam": 2}.items():
        optimizer = EVERY[name]([p])
        tracemalloc.start()
        try:
            optimizer.step()
            kept = tracemalloc.get_traced_memory()[0] / p.nbytes
        finally:
            tracemalloc.stop()
        check_true(f"after a step of {name} {kept:.2f} times the parameter is in use", factor <= kept < factor + 0.1)


@pytest.mark.parametrize(("name", "operation"), [("SGD", "sgd_step"), ("Adam", "adam_step"), ("AdamW", "adamw_step")])
def test_the_update_is_an_operation_in_the_table(name, operation, monkeypatch):
    a, b, calls = parameter(2, 3), parameter(4), []
    note = lambda params, grads, *state, **options: calls.append((params, options["lr"]))  # noqa: E731
    monkeypatch.setitem(kernels, operation, note)
    EVERY[name]([{"params": [a], "lr": 0.5}, {"params": [b], "lr": 0.25}]).step()
    check("the arrays and lr of each call, one for a group", [lr for _, lr in calls], [0.5, 0.25])
    check_true("the arrays are the parameters' own", calls[0][0][0] is a.data and calls[1][0][0] is b.data)
    monkeypatch.undo()
    before = a.data.copy()
    EVERY[name]([a]).step()
    check_true("without it the parameter moves", bool((a.data != before).any()))


def test_inf_and_nan_go_through_without_a_warning():
    p = parameter(4)
    p.grad = Tensor([math.inf, -math.inf, math.nan, 1.0])
    SGD([p], lr=1).step()
    check("SGD after gradients inf, -inf, nan, 1", p.data, np.array([-np.inf, np.inf, np.nan, 0], np.float32))
    Adam([p], lr=1).step()


# -- groups ------------------------------------------------------------------------------------------------


def test_groups_have_their_own_options():
    a, b = parameter(2), parameter(2)
    optimizer = SGD([{"params": [a]}, {"params": b, "lr": 0.5}], lr=0.1)
    optimizer.step()
    check("a parameter of the group with the default lr=0.1", a.data, np.full(2, 0.9, np.float32))
    check("a parameter of the group with lr=0.5", b.data, np.full(2, 0.5, np.float32))
    optimizer.param_groups[0]["lr"] = 0
    optimizer.step()
    check("after lr of its group was set to 0", a.data, np.full(2, 0.9, np.float32))


def test_a_parameter_given_twice():
    a = parameter(2)
    with pytest.warns(UserWarning, match="twice"):
        optimizer = SGD([a, a], lr=0.1)
    optimizer.step()
    check("a parameter that was given twice, after a step", a.data, np.full(2, 0.8, np.float32))
    groups = [{"params": [a]}, {"params": [a]}]
    check_raises("one parameter in two groups", lambda: SGD(groups), ValueError, "more than one")


# -- state_dict --------------------------------------------------------------------------------------------


@every
def test_state_dict_goes_on_where_it_was(name):
    one, two = [parameter(2, 3), parameter(4)], [parameter(2, 3), parameter(4)]
    first, second = EVERY[name](one), EVERY[name](two)
    steps(first, one, 5)
    for p, q in zip(one, two, strict=True):
        q.data[...] = p.data
    second.load_state_dict(first.state_dict())
    steps(first, one, 5)
    steps(second, two, 5)
    for p, q in zip(one, two, strict=True):
        check(
            f"{name}: 5 steps, state_dict into another optimizer, 5 steps",
            q.data.tolist(),
            p.data.tolist(),
            0,
        )


def test_state_dict_has_the_form_of_pytorch():
    a, b = parameter(2), parameter(3)
    optimizer = Adam([a, b], lr=0.1)
    optimizer.step()
    saved = optimizer.state_dict()
    check("the keys of state_dict()", sorted(saved), ["param_groups", "state"])
    check("the numbers of its parameters", saved["param_groups"][0]["params"], [0, 1])
    check("the state of parameter 1", sorted(saved["state"][1]), ["exp_avg", "exp_avg_sq", "step"])
    check("the count of steps", saved["state"][1]["step"], 1)
    momentum = SGD([a], momentum=0.9)
    momentum.step()
    check("the state of SGD with momentum", list(momentum.state_dict()["state"][0]), ["momentum_buffer"])
    plain = SGD([a])
    plain.step()
    check("the state of SGD", plain.state_dict()["state"], {})


def test_a_loaded_state_is_a_copy():
    a, b = parameter(2), parameter(2)
    first, second = Adam([a], lr=0.1), Adam([b], lr=0.5)
    first.step()
    second.load_state_dict(first.state_dict())
    second.step()
    check(
        "exp_avg of the first optimizer after the second one's step", first.buffer(a, "exp_avg"), [0.1, 0.1]
    )
    check("lr of the second one: it comes with the state", second.param_groups[0]["lr"], 0.1)


def test_a_state_that_does_not_fit_changes_nothing():
    a, b, c = parameter(2), parameter(2), parameter(3)
    optimizer = Adam([a], lr=0.1)
    optimizer.step()
    others = {"another number of parameters": Adam([b, c], lr=0.5), "another shape": Adam([c], lr=0.5)}
    for what, other in others.items():
        other.step()
        saved = other.state_dict()
        check_raises(f"load_state_dict of {what}", lambda: optimizer.load_state_dict(saved), ValueError)  # noqa: B023
    saved = {**optimizer.state_dict(), "state": {7: {}}}
    check_raises("a state of parameter 7", lambda: optimizer.load_state_dict(saved), ValueError, "7")
    check_raises("load_state_dict of {}", lambda: optimizer.load_state_dict({}), ValueError, "param_groups")
    check("lr afterwards", optimizer.param_groups[0]["lr"], 0.1)
    check("exp_avg afterwards", optimizer.buffer(a, "exp_avg"), [0.1, 0.1])


# -- what is refused ---------------------------------------------------------------------------------------


def test_wrong_parameters_are_refused():
    p = parameter(2)
    optimizer = SGD([p], lr=0.5)
    check_raises("SGD([])", lambda: SGD([]), ValueError, "empty")
    check_raises("Adam(iter([]))", lambda: Adam(iter([])), ValueError, "empty")
    check_raises("SGD(p)", lambda: SGD(p), TypeError, "[p]")
    check_raises("SGD([array])", lambda: SGD([np.ones(2)]), TypeError, "ndarray")
    check_raises("SGD([p, 3])", lambda: SGD([p, 3]), TypeError, "parameter 1", "int")
    check_raises("SGD([{'lr': 1}])", lambda: SGD([{"lr": 1}]), TypeError, "params")
    check_raises("SGD([p * 2])", lambda: SGD([p * 2]), ValueError, "leaf")
    optimizer.step()
    check("p after a step of the one that was accepted", p.data, np.full(2, 0.5, np.float32))


@pytest.mark.parametrize(
    ("make", "options", "words"),
    [
        (SGD, {"lr": -0.1}, ["learning rate", "-0.1"]),
        (SGD, {"lr": math.nan}, ["learning rate", "nan"]),
        (SGD, {"momentum": -1}, ["momentum", "-1"]),
        (SGD, {"weight_decay": -2}, ["weight_decay", "-2"]),
        (SGD, {"nesterov": True}, ["nesterov", "momentum=0"]),
        (SGD, {"nesterov": True, "momentum": 0.9, "dampening": 0.1}, ["nesterov", "dampening=0.1"]),
        (Adam, {"lr": -1}, ["learning rate", "-1"]),
        (Adam, {"betas": (1.0, 0.9)}, ["beta at index 0", "1.0"]),
        (Adam, {"betas": (0.9, -0.1)}, ["beta at index 1", "-0.1"]),
        (Adam, {"eps": -1e-8}, ["eps", "-1e-08"]),
        (AdamW, {"weight_decay": -0.01}, ["weight_decay", "-0.01"]),
    ],
)
def test_options_out_of_range_are_refused(make, options, words):
    p = parameter(2)
    check_raises(f"{make.__name__}([p], {options})", lambda: make([p], **options), ValueError, *words)
    good = make([p], lr=0.1)
    check_raises(
        "a group with it", lambda: good.add_param_group({"params": [parameter(1)], **options}), ValueError
    )
    check("the number of groups afterwards", len(good.param_groups), 1)
    good.step()
    check_true("p has moved after a step with good options", (p.data < 1).all())


def test_a_learning_rate_is_a_number():
    p = parameter(2)
    for lr in ("0.1", None, [0.1]):
        check_raises(f"SGD([p], lr={lr!r})", lambda: SGD([p], lr=lr), TypeError, "number")  # noqa: B023
    SGD([p], lr=np.float64(0.5)).step()
    check("p after a step with a NumPy number as lr", p, Tensor([0.5, 0.5]))


def test_gradients_that_do_not_fit_change_nothing():
    a, b = parameter(2, 3), parameter(2, 3)
    optimizer = Adam([a, b], lr=0.1)
    a.grad = b.grad = Tensor(np.ones((2, 3)))
    b.data = np.ones(3)
    call = "step() with a gradient that does not fit any more"
    check_raises(call, optimizer.step, ValueError, "(2, 3)", "(3,)")
    check("the parameter before the wrong one", a.data, np.ones((2, 3), np.float32))
    check("state_bytes()", optimizer.state_bytes(), 0)


# -- the paper's Figure 1b ---------------------------------------------------------------------------------


class PrintedAdam:
    def __init__(self, params, lr=0.001):
        self.params = params
        self.lr = lr
        # 2x optimizer state:
        # momentum + variance
        self.m = [zeros_like(p) for p in params]
        self.v = [zeros_like(p) for p in params]

    def step(self):
        for i, p in enumerate(self.params):
            self.m[i] = 0.9*self.m[i] + 0.1*p.grad  # fmt: skip
            self.v[i] = 0.99*self.v[i] + 0.001 * p.grad**2  # fmt: skip
            p.data -= self.lr * self.m[i] / (self.v[i].sqrt()+1e-8)  # fmt: skip


def test_the_adam_of_the_paper_trains_beside_ours():
    final = []
    for make in (PrintedAdam, Adam):
        model, x, labels = problem()
        optimizer, targets = make(list(model.parameters()), lr=0.01), Tensor(np.eye(2)[labels])
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            for _ in range(100):
                loss = MSELoss()(model(x), targets)
                model.zero_grad()
                loss.backward()
                optimizer.step()
        final.append(loss.item())
        check(f"dtype of the parameters after {make.__name__}", model[0].weight.dtype, np.dtype(np.float32))
    check_true(f"both train: losses after 100 steps {final}", max(final) < 0.1)
