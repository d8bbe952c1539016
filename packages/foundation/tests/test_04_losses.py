"""Losses together with Tensors, activations and layers: values, edges, bad input, the door, a first fit."""

import numpy as np
import pytest

from tinytorch.core.tensor import Tensor, manual_seed, observers, randn, running, tensor, zeros
from tinytorch.nn import (
    BCEWithLogitsLoss,
    CrossEntropyLoss,
    Linear,
    MSELoss,
    ReLU,
    Sequential,
    Sigmoid,
    Softmax,
    log_softmax,
)
from tinytorch.testing import check, check_raises, check_true


def test_log_softmax_is_the_log_of_softmax():
    x = randn(4, 5, 3)
    for dim in (0, 1, 2, -2):
        check(f"log_softmax(x, {dim})", log_softmax(x, dim), Softmax(dim)(x).log())


def test_cross_entropy_is_a_log_softmax_at_the_label():
    x, labels = randn(6, 4), np.array([0, 1, 2, 3, 0, 1])
    want = -log_softmax(x, 1).data[np.arange(6), labels]
    check('CrossEntropyLoss("none")(x, labels)', CrossEntropyLoss("none")(x, labels), Tensor(want))


def test_two_classes_are_one_logit():
    x, labels = randn(8, 1), np.array([0, 1, 1, 0, 1, 0, 0, 1])
    both = Tensor(np.concatenate([np.zeros((8, 1)), x.data], axis=1))
    yes = BCEWithLogitsLoss()(x, Tensor(labels).reshape(8, 1))
    check(
        "BCEWithLogitsLoss()(x, t) against CrossEntropyLoss()([0, x], t)",
        yes,
        CrossEntropyLoss()(both, labels),
    )


def test_bce_is_the_surprise_of_sigmoid():
    x, t = randn(5, 2), Tensor([[0, 1], [1, 0], [0.5, 0.25], [1, 1], [0, 0]])
    p = Sigmoid()(x)
    want = -(t * p.log() + (1 - t) * (1 - p).log())
    check('BCEWithLogitsLoss("none")(x, t)', BCEWithLogitsLoss("none")(x, t), want)


@pytest.mark.parametrize("loss", [MSELoss, BCEWithLogitsLoss])
@pytest.mark.parametrize("shape", [(), (1,), (3,), (2, 0), (2, 3, 4)])
def test_any_shape(loss, shape):
    x, t = Tensor(np.full(shape, 0.5)), Tensor(np.ones(shape))
    costs = loss("none")(x, t)
    check(f'{loss.__name__}("none")(x, t).shape', costs.shape, shape)
    check(f'{loss.__name__}("sum")(x, t)', loss("sum")(x, t), costs.sum())


@pytest.mark.parametrize("loss", [MSELoss, BCEWithLogitsLoss])
def test_shapes_that_differ_are_refused(loss):
    check(f"{loss.__name__}()(x, x) is one number", loss()(zeros(2, 3), zeros(2, 3)).shape, ())
    for a, b in [((4, 1), (4,)), ((2, 3), (3, 2)), ((3,), ()), ((2, 3), (3,))]:
        call = f"{loss.__name__}()(x, t), shapes {a} and {b}"
        check_raises(call, lambda a=a, b=b: loss()(zeros(*a), zeros(*b)), ValueError, a, b)


def test_targets_may_be_lists_and_arrays():
    x = Tensor([1.0, -2.0])
    for t in ([0, 1], np.array([0, 1]), np.array([False, True]), tensor([0, 1])):
        check(f"MSELoss()(x, {t!r})", MSELoss()(x, t), Tensor(5))
        check(f"BCEWithLogitsLoss()(x, {t!r})", BCEWithLogitsLoss()(x, t), Tensor(1.720095))
    check("MSELoss()([1, -2], [0, 1])", MSELoss()([1, -2], [0, 1]), Tensor(5))
    check("CrossEntropyLoss()([[0, 0]], [1])", CrossEntropyLoss()([[0, 0]], [1]), Tensor(0.693147))


def test_labels_that_are_none():
    x, loss = randn(2, 3), CrossEntropyLoss()
    check("the loss for one row", loss(zeros(1, 3), [2]), Tensor(1.098612))
    check_raises("labels [0, 3] of 3 classes", lambda: loss(x, [0, 3]), ValueError, "3", "out of range")
    check_raises("labels [-1, 0]", lambda: loss(x, [-1, 0]), ValueError, "-1", "out of range")
    check_raises("labels [0.5, 1]", lambda: loss(x, [0.5, 1]), ValueError, "0.5", "whole")
    check_raises("labels [nan, 1]", lambda: loss(x, [np.nan, 1]), ValueError, "nan", "whole")
    check_raises("labels of shape (3,) for 2 rows", lambda: loss(x, [0, 1, 2]), ValueError, "(2, 3)", "(3,)")
    check_raises("labels of shape (2, 1)", lambda: loss(x, [[0], [1]]), ValueError, "(2, 3)", "(2, 1)")
    check_raises("logits of shape (3,), 3 labels", lambda: loss(randn(3), [0, 1, 2]), ValueError, "(3,)")


@pytest.mark.parametrize("loss", [MSELoss, CrossEntropyLoss, BCEWithLogitsLoss])
def test_an_unknown_reduction(loss):
    t = [0] if loss is CrossEntropyLoss else [[0.0]]
    check(f'{loss.__name__}("none") of zeros has one cost', loss("none")(zeros(1, 1), t).size, 1)
    check_raises(f'{loss.__name__}("average")', lambda: loss("average"), ValueError, "average", "mean")


def test_float32_stays_float32_and_float64_stays_float64():
    for dtype in (np.float32, np.float64):
        x, t = tensor([[0.5, -1.0]], dtype=dtype), tensor([[1.0, 0.0]], dtype=dtype)
        for name, got in {
            "MSELoss": MSELoss()(x, t),
            "BCEWithLogitsLoss": BCEWithLogitsLoss()(x, t),
            "CrossEntropyLoss": CrossEntropyLoss()(x, [1]),
            "log_softmax": log_softmax(x),
        }.items():
            check(f"the dtype of {name} of {np.dtype(dtype).name}", got.dtype, np.dtype(dtype))


def test_classes_that_are_ruled_out():
    x = Tensor([[0.0, -np.inf, 0.0]])
    check("the loss of [0, -inf, 0] for label 2", CrossEntropyLoss()(x, [2]), Tensor(0.693147))
    check("the loss of it for label 1", CrossEntropyLoss()(x, [1]), Tensor(np.inf))


def test_nan_stays_visible():
    x = Tensor([[0.0, np.nan], [0.0, 1.0]])
    check(
        "nan in the costs of rows",
        np.isnan(CrossEntropyLoss("none")(x, [0, 0]).data),
        np.array([True, False]),
    )
    check(
        "nan in the costs of places",
        np.isnan(BCEWithLogitsLoss("none")(x, zeros(2, 2)).data),
        np.isnan(x.data),
    )


def test_huge_scores():
    x = Tensor([[1e30, -1e30, 0.0]])
    with np.errstate(over="raise", invalid="raise", divide="raise"):
        check("log_softmax([[1e30, -1e30, 0]])", lambda: log_softmax(x), Tensor([[0, -2e30, -1e30]]))
        loss = BCEWithLogitsLoss("none")
        check(
            "BCE of [[1e30, -1e30, 0]], all yes", lambda: loss(x, [[1, 1, 1]]), Tensor([[0, 1e30, 0.693147]])
        )


def test_the_operations_at_the_door():
    seen, x = [], randn(3, 2)
    observers.append(lambda name, *rest: seen.append(running[0] if running else name))
    try:
        CrossEntropyLoss()(x, [0, 1, 1])
        BCEWithLogitsLoss("sum")(x, zeros(3, 2))
        log_softmax(x)
    finally:
        observers.pop()
    want = ["cross_entropy", "bce_with_logits", "sum", "log_softmax"]
    check("the operations seen, composites by their names", list(dict.fromkeys(seen)), want)


def test_inputs_are_not_changed():
    x, t = Tensor([[1.0, 2.0]]), Tensor([[0.0, 1.0]])
    for loss, target in [(MSELoss(), t), (BCEWithLogitsLoss(), t), (CrossEntropyLoss(), [1])]:
        loss(x, target)
        check(f"x after {loss!r}(x, t)", x, Tensor([[1.0, 2.0]]))
        check(f"t after {loss!r}(x, t)", t, Tensor([[0.0, 1.0]]))


def test_a_loss_is_a_part_of_a_model():
    class Model(Sequential):
        pass

    loss = CrossEntropyLoss()
    check("repr(loss)", repr(loss), "CrossEntropyLoss()")
    check("the parameters of a loss", list(loss.parameters()), [])
    manual_seed(0)
    value = loss(Model(Linear(4, 8), ReLU(), Linear(8, 3))(randn(5, 4)), [0, 1, 2, 0, 1])
    check_true("a new model is about as wrong as one that knows nothing", abs(value.item() - np.log(3)) < 0.5)


def test_a_layer_can_be_fitted_by_hand():
    manual_seed(0)
    layer, loss = Linear(2, 1), BCEWithLogitsLoss()
    x, t = Tensor([[0, 0], [0, 1], [1, 0], [1, 1]]), Tensor([[0], [0], [0], [1]])
    before = loss(layer(x), t).item()
    for _ in range(500):
        error = (t - Sigmoid()(layer(x))).data
        layer.weight.data += error.T @ x.data / 4
        layer.bias.data += error.mean(axis=0)
    after = loss(layer(x), t).item()
    check_true(
        "500 steps of the delta rule lower the loss of AND", after < 0.2 < before, f"{before} to {after}"
    )
    check("what the layer says of AND", (layer(x) > 0).data.astype(int), t.data.astype(int))
