"""Module 05 under the modules before it: what they built differentiates, and the graph behaves."""

import gc
import math
import threading
import weakref

import numpy as np
import pytest

from tinytorch.core.autograd import (
    Function,
    checkpoint,
    enable_autograd,
    gradcheck,
    gradients,
    no_grad,
    set_grad_enabled,
)
from tinytorch.core.tensor import Tensor, kernels, manual_seed, ones, peak_memory, randn, tensor
from tinytorch.nn.activations import GELU, ReLU, Sigmoid, Softmax, Tanh
from tinytorch.nn.layers import Dropout, Linear, Parameter, Sequential
from tinytorch.nn.losses import BCEWithLogitsLoss, CrossEntropyLoss, MSELoss
from tinytorch.testing import check, check_gradients, check_raises, check_true


def leaf(*shape, seed=0):
    return Tensor(np.random.default_rng(seed).standard_normal(shape), requires_grad=True)


@pytest.mark.parametrize(
    "activation", [ReLU(), Sigmoid(), Tanh(), GELU(), GELU("tanh"), Softmax(), Softmax(dim=0)]
)
def test_activations_differentiate(activation):
    check_gradients(f"{activation!r}(x)", activation, leaf(3, 4))


def test_layers_differentiate():
    layer = Linear(3, 2)
    check_gradients("Linear(3, 2)(x)", layer, leaf(4, 3))
    check_gradients("Linear(3, 2)(x), x of shape (2, 4, 3)", layer, leaf(2, 4, 3))
    layer.zero_grad()
    layer(leaf(4, 3)).sum().backward()
    check("layer.bias.grad of a sum over 4 rows", layer.bias.grad, Tensor([4.0, 4.0]))
    check_true("layer.weight.grad has the weight's shape", layer.weight.grad.shape == layer.weight.shape)


def test_losses_differentiate():
    labels = [0, 2, 1, 1]
    check_gradients("CrossEntropyLoss()(logits, labels)", lambda x: CrossEntropyLoss()(x, labels), leaf(4, 3))
    check_gradients("MSELoss()(a, b)", MSELoss(), leaf(4, 3), leaf(4, 3, seed=1))
    check_gradients("BCEWithLogitsLoss()(a, b)", BCEWithLogitsLoss(), leaf(4), Tensor([0.0, 1.0, 1.0, 0.5]))


def test_the_gradient_of_bce_at_zero():
    x = Tensor([0.0], requires_grad=True)
    BCEWithLogitsLoss()(x, Tensor([1.0])).backward()
    check("x.grad of BCEWithLogitsLoss()(x, [1.0]) at x = 0", x.grad, Tensor([-0.5]))


def test_a_network_trains_without_a_changed_line():
    manual_seed(0)
    model, x, y = (
        Sequential(Linear(2, 8), Tanh(), Linear(8, 1)),
        Tensor([[0, 0], [0, 1], [1, 0], [1, 1]]),
        Tensor([[0], [1], [1], [0]]),
    )
    losses = []
    for _ in range(200):
        loss = MSELoss()(model(x), y)
        model.zero_grad()
        loss.backward()
        for parameter in model.parameters():
            parameter.data -= 0.3 * parameter.grad
        losses.append(loss.item())
    check_true(
        "the loss of XOR falls below a tenth of where it began",
        losses[-1] < 0.1 * losses[0],
        f"from {losses[0]:.3f} to {losses[-1]:.3f}",
    )


def test_dropout_has_the_gradient_of_its_mask():
    manual_seed(1)
    x = ones(1000)
    x.requires_grad = True
    out = Dropout(0.4)(x)
    out.sum().backward()
    check("x.grad of Dropout(0.4)(x).sum(), where x is ones", x.grad, out.data)


def test_views_and_reuse():
    check_gradients("x.T.reshape(6)[1:4] * x.sum()", lambda x: x.T.reshape(6)[1:4] * x.sum(), leaf(2, 3))
    check_gradients(
        "x.transpose(0, 2).permute(1, 0, 2)", lambda x: x.transpose(0, 2).permute(1, 0, 2), leaf(2, 3, 4)
    )
    check_gradients(
        "x * x.mean(0) + x.max(1, keepdim=True)", lambda x: x * x.mean(0) + x.max(1, keepdim=True), leaf(3, 4)
    )
    check_gradients("x[[0, 0, 2]]", lambda x: x[[0, 0, 2]], leaf(3, 2))
    check_gradients("(x ** 3 + 2 ** x) / (1 + x * x)", lambda x: (x**3 + 2**x) / (1 + x * x), leaf(4))
    check_gradients("x ** 0", lambda x: x**0, leaf(4))


def test_passes_add_up_until_gradients_are_dropped():
    x = Tensor([1.0, 2.0], requires_grad=True)
    for _ in range(3):
        (x * 2).sum().backward()
    check("x.grad after three backward passes of (x * 2).sum()", x.grad, Tensor([6.0, 6.0]))


def test_a_sum_in_a_loop():
    x, total = Tensor([1.0, 2.0], requires_grad=True), Tensor([0.0])
    for factor in (1.0, 2.0, 3.0):
        total += x * factor
    total.sum().backward()
    check("x.grad of total += x * factor, factors 1, 2, 3", x.grad, Tensor([6.0, 6.0]))


def test_leaves_are_updated_in_place():
    p = Parameter([1.0, 2.0])
    array = p.data
    with pytest.raises(RuntimeError, match=r"x\.data"):
        p -= 1
    check("p after a refused update", p, np.array([1.0, 2.0], np.float32))
    with no_grad():
        p -= 1
    check("p after p -= 1 in no_grad()", p, np.array([0.0, 1.0], np.float32))
    check_true(
        "p is still the same parameter, with the same array", isinstance(p, Parameter) and p.data is array
    )


def test_a_gradient_of_the_right_shape_and_type():
    x = Tensor(np.ones((3, 1)), requires_grad=True)
    y = tensor(np.ones((1, 4)), dtype=np.float64, requires_grad=True)
    (x * y).sum().backward()
    check("(x.grad.shape, x.grad.dtype)", (x.grad.shape, x.grad.dtype), ((3, 1), np.dtype(np.float32)))
    check("(y.grad.shape, y.grad.dtype)", (y.grad.shape, y.grad.dtype), ((1, 4), np.dtype(np.float64)))


def test_a_refused_backward_changes_nothing():
    x = Tensor([1.0, 2.0], requires_grad=True)
    y = x * x
    check_raises("y.backward(ones(3))", lambda: y.backward(ones(3)), RuntimeError, "(3,)", "(2,)")
    check_raises("y.backward()", y.backward, RuntimeError, "(2,)")
    check("x.grad afterwards", x.grad, None)
    y.backward(ones(2))
    shared = x * 3
    z = y + shared
    check_raises(
        "backward() of what stands on a freed graph", lambda: z.backward(ones(2)), RuntimeError, "freed"
    )
    check("x.grad, from the first pass alone", x.grad, Tensor([2.0, 4.0]))
    check("shared is intact", shared._node.edges is not None, True)


def test_a_missing_entry_is_named():
    kernels["cube"] = lambda a: a * a * a
    try:
        from tinytorch.core.tensor import apply

        check_raises("an operation without gradient", lambda: apply("cube", leaf(2)), RuntimeError, "cube")
        check("the same without recording", apply("cube", Tensor([2.0])), np.array([8.0], np.float32))
    finally:
        del kernels["cube"]


def test_every_operation_on_floats_has_an_entry():
    comparisons = {"eq", "ne", "lt", "le", "gt", "ge", "argmax", "argsort"}
    updates = {name for name in kernels if name.endswith("_step")}  # of optimizers, in place
    check("operations without an entry", sorted(set(kernels) - set(gradients) - comparisons - updates), [])
    x = Tensor([4.0], requires_grad=True)
    (x.sqrt() - x).exp().backward()
    check("x.grad of exp(sqrt(x) - x) at 4", x.grad, Tensor([-0.75 * math.exp(-2)]))


def test_deep_chains_are_freed_without_recursion():
    x = y = Tensor([1.0], requires_grad=True)
    for _ in range(20_000):
        y = y * 1.0
    y.backward()
    check("x.grad after 20,000 multiplications by 1", x.grad, Tensor([1.0]))
    y = x
    for _ in range(20_000):
        y = y + 1.0
    del y  # never went backward: its nodes are freed one by one all the same
    gc.collect()


def test_intermediate_tensors_are_not_kept():
    x = leaf(3)
    middle = x + 1
    alive = weakref.ref(middle.data)
    y = (middle + 2).sum()
    del middle
    check("the array of x + 1 is gone although y = (x + 1 + 2).sum() is not", alive() is None, True)
    y.backward()


def test_the_mode_belongs_to_the_thread():
    x, seen = leaf(2), []
    with no_grad():
        thread = threading.Thread(target=lambda: seen.append((x * 2).requires_grad))
        thread.start()
        thread.join()
        seen.append((x * 2).requires_grad)
        with set_grad_enabled(True):
            seen.append((x * 2).requires_grad)
    check("recording in another thread, here, and enabled here", seen, [True, False, True])


def test_no_grad_decorates():
    @no_grad()
    def double(x):
        return x * 2

    check("double(x).requires_grad", double(leaf(2)).requires_grad, False)
    check("(x * 2).requires_grad afterwards", (leaf(2) * 2).requires_grad, True)


def test_enable_autograd_twice():
    enable_autograd()
    enable_autograd()
    x = Tensor([3.0], requires_grad=True)
    (x * x).backward()
    check("x.grad of x * x at 3 after enabling twice more", x.grad, Tensor([6.0]))


def test_functions_may_return_what_they_saved():
    class Echo(Function):
        def forward(ctx, a, b):
            ctx.kept = np.ones_like(a)
            return a + b

        def backward(ctx, g):
            return ctx.kept, ctx.kept

    a, b = leaf(2), leaf(2)
    Echo.apply(a, b).sum().backward()
    check_true("a.grad and b.grad are different arrays", not np.shares_memory(a.grad.data, b.grad.data))


def test_a_function_may_skip_an_input():
    class Left(Function):
        def forward(ctx, a, b):
            return a * 1

        def backward(ctx, g):
            return g, None

    a, b = leaf(2), leaf(2)
    Left.apply(a, b).sum().backward()
    check("(a.grad, b.grad)", (a.grad, b.grad), (Tensor([1.0, 1.0]), None))


def test_checkpoint_saves_memory():
    layers = [
        Sequential(Linear(128, 128), Tanh(), Linear(128, 128), Tanh(), Linear(128, 128), Tanh())
        for _ in range(4)
    ]
    rows = randn(2000, 128)

    def step(run):
        out = rows
        for layer in layers:
            out = run(layer, out)
        out.sum().backward()

    for layer in layers:
        layer.zero_grad()
    kept = peak_memory(lambda: step(lambda layer, out: layer(out)))
    want = [p.grad.data.copy() for layer in layers for p in layer.parameters()]
    for layer in layers:
        layer.zero_grad()
    saved = peak_memory(lambda: step(checkpoint))
    check_true(
        "checkpoints bring the peak below 70 %",
        saved < 0.7 * kept,
        f"{saved / 1e6:.1f} of {kept / 1e6:.1f} MB",
    )
    got = [p.grad.data for layer in layers for p in layer.parameters()]
    check_true(
        "the gradients are identical", all(np.array_equal(g, w) for g, w in zip(got, want, strict=True))
    )


def test_gradcheck_names_the_place():
    check("gradcheck of a layer", gradcheck(Linear(3, 2), [leaf(2, 3)]), True)
    check("gradcheck of softmax", gradcheck(Softmax(), [leaf(2, 3)]), True)


def test_relu_at_zero():
    x = Tensor([-1.0, 0.0, 2.0], requires_grad=True)
    ReLU()(x).sum().backward()
    check("x.grad of relu at -1, 0 and 2", x.grad, Tensor([0.0, 0.0, 1.0]))


@pytest.mark.parametrize("name", ["sum", "mean"])
def test_reductions_do_not_keep_their_input(name):
    middle = leaf(100) * 2
    array = weakref.ref(middle.data)
    total = getattr(middle, name)()
    del middle
    check_true(f"the array of x * 2 is freed once only (x * 2).{name}() is left", array() is None)
    total.backward()


def test_gradients_are_freed_as_backward_passes():
    y = leaf(100_000)
    for _ in range(40):
        y = -y
    peak = peak_memory(lambda: y.backward(ones(100_000)))
    why = f"the peak is {peak / 1e6:.1f} MB: is a node's gradient kept after it was handed on?"
    check_true("backward through 40 negations of 0.4 MB needs less than 4 MB", peak < 4e6, why)


def test_checkpoint_behind_no_grad():
    x = Tensor([3.0], requires_grad=True)
    y = checkpoint(lambda a: a * a, x)
    with no_grad():
        y.backward()
    check("x.grad, when backward() runs inside no_grad()", x.grad, Tensor([6.0]))


def test_checkpoint_asks_for_no_more_than_the_inputs_did():
    seen, x, fixed = [], Tensor([3.0], requires_grad=True), Tensor([4.0])

    def stretch(a, b):
        seen.append(b.requires_grad)
        return a * b

    checkpoint(stretch, x, fixed).backward()
    check("whether an input that requires no gradient does, in the second run", seen[-1], False)
    check("x.grad", x.grad, Tensor([4.0]))


class Almost(Function):
    """a * b, with a gradient of b that is 1 % too large."""

    def forward(ctx, a, b):
        ctx.save_for_backward(a, b)
        return a * b

    def backward(ctx, g):
        a, b = ctx.saved_tensors
        return g * b, 1.01 * g * a


def test_gradcheck_uses_its_tolerances_and_looks_at_every_input():
    inputs = [Tensor([0.5, 1.5]), Tensor([2.0, -1.0])]
    check("gradcheck(..., rtol=0.05) of a gradient off by 1 %", gradcheck(Almost.apply, inputs, rtol=0.05), True)
    strict = lambda: gradcheck(Almost.apply, inputs, rtol=1e-3)  # noqa: E731
    check_raises("gradcheck(..., rtol=1e-3) of the same", strict, RuntimeError, "input 1")
    wide = lambda: gradcheck(lambda a: a * a * a, [Tensor([0.5])], eps=1.0)  # noqa: E731
    check_raises("gradcheck(..., eps=1.0) of x ** 3: such a step is too wide", wide, RuntimeError)
