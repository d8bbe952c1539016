"""The graph: gradients through views, reuse and depth, no_grad, in-place updates, Function and checkpoint."""

import copy
import gc
import pickle
import sys
import threading
import weakref

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tinytorch import Function, Tensor, checkpoint, enable_autograd, nn, no_grad
from tinytorch.core.autograd import set_grad_enabled
from tinytorch.core.tensor import manual_seed, observers, peak_memory, rng, tensor


def leaf(*values, shape=None):
    array = np.array(values if shape is None else np.arange(1, 1 + np.prod(shape)).reshape(shape), np.float32)
    return tensor(array, requires_grad=True)


def same(got, want):
    assert isinstance(got, Tensor)
    np.testing.assert_allclose(got.data, want, rtol=1e-6)


# -- use and reuse -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("function", "want"),
    [
        (lambda x: x * x, [6, 8]),
        (lambda x: x + x + x, [3, 3]),
        (lambda x: x * x * x, [27, 48]),
        (lambda x: (x * 2) * (x * 3), [36, 48]),
        (lambda x: x - x, [0, 0]),
        (lambda x: x / x, [0, 0]),
        (lambda x: x * x.detach(), [3, 4]),
        (lambda x: x**2 + 2 * x, [8, 10]),
    ],
)
def test_a_tensor_used_several_times(function, want):
    x = leaf(3, 4)
    function(x).sum().backward()
    same(x.grad, want)


def test_a_diamond():
    """x has two ways to the result; the parts in between have their whole gradient before they hand it on."""
    x = leaf(2.0)
    top = x * 3
    left, right = top * top, top.exp() * 0
    bottom = left + right + top
    (bottom * bottom).sum().backward()
    same(x.grad, [2 * (36 + 6) * (2 * 6 + 1) * 3])


def test_diamonds_in_a_row_take_linear_time():
    x = y = leaf(1.0)
    for _ in range(500):
        y = y * 0.5 + y * 0.5
    y.backward()
    same(x.grad, [1.0])


def test_a_branch_that_is_not_used_gets_nothing():
    x, z = leaf(1.0), leaf(1.0)
    z * x  # a dead end
    (x * 2).backward()
    same(x.grad, [2.0])
    assert z.grad is None


def test_the_order_of_making_does_not_matter():
    """A late node with an early input, an early node that is used late."""
    x = leaf(2.0)
    early = x * 10
    late = x
    for _ in range(5):
        late = late * 1.0
    (late + early).backward()
    same(x.grad, [11.0])


@given(
    st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9), st.sampled_from("+-*")), min_size=1, max_size=12)
)
def test_random_graphs(steps):
    """Against derivatives carried forward beside the values: dual numbers."""
    x = tensor([0.5, -1.5], dtype=np.float64, requires_grad=True)
    made, duals = [x], [(x.data.copy(), np.ones(2))]
    for i, j, sign in steps:
        (a, b), ((p, dp), (q, dq)) = ([m[k % len(m)] for k in (i, j)] for m in (made, duals))
        if sign == "*":
            made.append(a * b * 0.5)
            duals.append((p * q * 0.5, (dp * q + p * dq) * 0.5))
        else:
            made.append(a + b if sign == "+" else a - b)
            duals.append((p + q, dp + dq) if sign == "+" else (p - q, dp - dq))
    made[-1].sum().backward()
    np.testing.assert_allclose(made[-1].data, duals[-1][0], rtol=1e-9)
    np.testing.assert_allclose(x.grad.data, duals[-1][1], rtol=1e-9)


def test_total_plus_equals_loss():
    x, total = leaf(1.0, 2.0), 0
    for i in range(3):
        total += (x * i).sum()
    total.backward()
    same(x.grad, [3.0, 3.0])


def test_total_that_starts_as_a_tensor():
    x, total = leaf(1.0, 2.0), Tensor(0.0)
    start = total
    for i in range(3):
        total += (x * i).sum()
    total.backward()
    same(x.grad, [3.0, 3.0])
    assert start.item() == 0, "adding what has a history must not change the old tensor's numbers"


def test_in_place_steps_in_the_middle_of_a_graph():
    x = leaf(1.0, 2.0)
    y = x * 2
    before = y
    y *= 3
    y -= 1
    y /= 2
    y.sum().backward()
    same(x.grad, [3.0, 3.0])
    same(before, [2.0, 4.0])


# -- views ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "view",
    [
        lambda x: x.reshape(6),
        lambda x: x.reshape(3, 2).T,
        lambda x: x.T,
        lambda x: x.transpose(0, 1)[1:],
        lambda x: x.permute(1, 0)[::2],
        lambda x: x[0],
        lambda x: x[:, 1],
        lambda x: x[..., None, 0],
        lambda x: x[[0, 0, 1]],
        lambda x: x[x > 2],
        lambda x: x[Tensor([1, 0, 1])],
    ],
)
def test_gradients_through_views(view):
    """The square of a view: each number's slope is twice itself, as often as the view shows it."""
    x = leaf(shape=(2, 3))
    v = view(x)
    (v * v).sum().backward()
    times = np.zeros(6)
    np.add.at(times, (v.data - 1).astype(int).ravel(), 1)
    same(x.grad, 2 * x.data * times.reshape(2, 3))


def test_rows_by_iteration():
    x = leaf(shape=(3, 2))
    a, b, c = x
    (a * b + c).sum().backward()
    same(x.grad, [[3, 4], [1, 2], [1, 1]])


def test_detach_shares_the_numbers_and_drops_the_history():
    x = leaf(1.0, 2.0)
    y = (x * 2).detach()
    assert not y.requires_grad
    d = x.detach()
    d.data[0] = 9
    assert x.data[0] == 9


def test_a_gradient_is_nobody_elses_array():
    """Changing a gradient in place changes no other gradient, and no result."""
    a, b = leaf(1.0, 2.0), leaf(3.0, 4.0)
    out, g = a + b, Tensor([1.0, 1.0])
    out.backward(g)
    a.grad.data *= 100
    same(b.grad, [1, 1])
    same(g, [1, 1])
    x = leaf(1.0, 2.0)
    x.backward(g)
    x.grad.data *= 100
    same(g, [1, 1])
    y = leaf(shape=(2, 3))
    y.T.sum().backward()
    y.grad.data[0, 0] = 7
    same(y.grad, [[7, 1, 1], [1, 1, 1]])
    assert y.grad.data.flags.writeable


# -- accumulation and what cannot be -------------------------------------------------------------------------


def test_gradients_add_up_until_they_are_dropped():
    x = leaf(1.0)
    for n in (1, 2, 3):
        (x * 2).backward()
        same(x.grad, [2.0 * n])
    x.grad = None
    (x * 2).backward()
    same(x.grad, [2.0])


def test_backward_twice_is_refused_and_changes_nothing():
    x = leaf(1.0, 2.0)
    loss = (x * x).sum()
    loss.backward()
    before = x.grad.data.copy()
    with pytest.raises(RuntimeError, match="freed by an earlier backward"):
        loss.backward()
    np.testing.assert_array_equal(x.grad.data, before)


def test_a_graph_that_was_freed_in_part_is_refused_as_a_whole():
    """Two losses share a part. The second one's own part is still there, and stays as it was."""
    x, w = leaf(1.0, 2.0), leaf(3.0, 4.0)
    shared = x * x
    first, second = shared.sum(), (shared * w).sum()
    first.backward()
    before = x.grad.data.copy()
    for _ in range(2):
        with pytest.raises(RuntimeError, match="freed"):
            second.backward()
        np.testing.assert_array_equal(x.grad.data, before)
        assert w.grad is None


def test_two_losses_added_go_backward_once():
    x, w = leaf(1.0, 2.0), leaf(3.0, 4.0)
    shared = x * x
    (shared.sum() + (shared * w).sum()).backward()
    same(x.grad, [2 + 6, 4 + 16])
    same(w.grad, [1, 4])


def test_a_failing_backward_function_leaves_the_leaves_alone():
    class Fails(Function):
        def forward(ctx, a):
            return a * 1

        def backward(ctx, g):
            raise KeyError("on purpose")

    x, y = leaf(1.0), leaf(2.0)
    with pytest.raises(KeyError):
        (Fails.apply(x) + y).backward()
    assert x.grad is None
    assert y.grad is None


def test_non_scalars():
    x = leaf(1.0, 2.0)
    with pytest.raises(RuntimeError, match=r"\(2,\)"):
        (x * 2).backward()
    with pytest.raises(RuntimeError, match=r"\(3,\).*\(2,\)"):
        (x * 2).backward(Tensor([1.0, 1.0, 1.0]))
    assert x.grad is None
    for gradient in (Tensor([1.0, 10.0]), np.array([1.0, 10.0]), [1.0, 10.0]):
        x.grad = None
        (x * 2).backward(gradient)
        same(x.grad, [2, 20])
        assert x.grad.dtype == np.float32


@pytest.mark.parametrize("shape", [(), (1,), (1, 1, 1)])
def test_one_number_of_any_rank_needs_no_gradient(shape):
    x = leaf(shape=shape)
    (x * 3).backward()
    same(x.grad, np.full(shape, 3))


def test_what_requires_no_gradient_has_no_backward():
    with pytest.raises(RuntimeError, match="does not require"):
        Tensor([1.0]).backward()
    with no_grad():
        y = leaf(1.0) * 2
    with pytest.raises(RuntimeError, match="does not require"):
        y.backward()


def test_backward_of_a_leaf():
    x = leaf(5.0)
    x.backward()
    x.backward()
    same(x.grad, [2.0])


# -- depth and memory ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("n", [10_000, 100_000])
def test_deep_chains(n):
    """Built, gone through, and freed, each without recursion."""
    x = y = leaf(1.0)
    for _ in range(n):
        y = y + 1.0
    y.backward()
    same(x.grad, [1.0])
    del y
    gc.collect()


@pytest.mark.parametrize("n", [10_000, 100_000])
def test_deep_chains_that_are_dropped_without_backward(n):
    """Freeing a chain of objects that hold each other must not recurse deeper than the C stack is."""
    y = leaf(1.0)
    for _ in range(n):
        y = y * 1.0
    last = weakref.ref(y)
    del y
    gc.collect()
    assert last() is None


def calls(function):
    """How many functions of the library are called by it."""
    names = []

    def note(frame, event, _):
        if event == "call" and frame.f_globals["__name__"].startswith("tinytorch"):
            names.append(frame.f_code.co_name)

    sys.setprofile(note)
    try:
        function()
    finally:
        sys.setprofile(None)
    return len(names)


def test_a_residual_chain_is_linear_in_depth():
    def once(layers):
        y = leaf(*np.ones(8))
        for _ in range(layers):
            y = y + y * 0.001
        return calls(y.sum().backward)

    first, second, third = (once(n) for n in (100, 200, 400))
    assert third - second == 2 * (second - first) > 0  # the bench holds the time


def test_nothing_is_left_after_backward():
    """The graph goes at once, by reference counts, not at the garbage collector's leisure."""
    gc.collect()
    gc.disable()
    try:
        w = leaf(shape=(4, 4))
        loss = ((w @ w * 1e-3).exp() * w).sum()
        node = loss._node
        held = [f for _, f in node.edges]
        references = [weakref.ref(f) for f in held]
        del held
        loss.backward()
        assert node.edges is None
        assert all(r() is None for r in references)
    finally:
        gc.enable()


def test_memory_does_not_grow():
    model = nn.Sequential(nn.Linear(20, 20), nn.ReLU(), nn.Linear(20, 2))
    x, labels = Tensor(np.ones((8, 20))), np.zeros(8, int)

    def steps(n):
        for _ in range(n):
            loss = nn.CrossEntropyLoss()(model(x), labels)
            model.zero_grad()
            loss.backward()

    steps(3)
    gc.collect()
    few, many = peak_memory(lambda: steps(5)), peak_memory(lambda: steps(200))
    assert many < 1.5 * few + 20_000


def test_results_that_are_not_kept_are_freed_while_recording():
    """Addition needs none of its inputs: a chain of sums holds one array, not a thousand."""
    x = leaf(*np.ones(10_000))

    def chain():
        y = x
        for _ in range(100):
            y = y + 1.0
        return y

    assert peak_memory(chain) < 5 * 40_000


# -- no_grad and in-place updates ----------------------------------------------------------------------------


def test_no_grad_keeps_no_history():
    x = leaf(1.0, 2.0)
    with no_grad():
        y = x * 2
        assert not y.requires_grad
        assert y._node is None
        assert x.requires_grad
    assert (x * 2).requires_grad


def test_no_grad_as_a_decorator():
    @no_grad()
    def double(x):
        return x * 2

    for _ in range(2):  # a decorator is used more than once
        assert not double(leaf(1.0)).requires_grad
    assert (leaf(1.0) * 2).requires_grad


def test_grad_can_be_switched_on_inside():
    x = leaf(1.0)
    with no_grad(), set_grad_enabled(True):
        y = x * 2
    y.backward()
    same(x.grad, [2.0])


def test_leaves_made_in_no_grad_are_leaves():
    with no_grad():
        x = leaf(3.0)
        layer = nn.Linear(2, 2)
    (x * x).backward()
    same(x.grad, [6.0])
    assert all(p.requires_grad for p in layer.parameters())


def test_the_mode_belongs_to_the_thread():
    seen = {}

    def other():
        seen["other"] = (leaf(1.0) * 2).requires_grad
        with no_grad():
            seen["inside"] = (leaf(1.0) * 2).requires_grad

    with no_grad():
        thread = threading.Thread(target=other)
        thread.start()
        thread.join()
        seen["here"] = (leaf(1.0) * 2).requires_grad
    assert seen == {"other": True, "inside": False, "here": False}


def test_threads_do_not_disturb_each_other():
    results = [None] * 4

    def work(i):
        x = y = leaf(float(i + 1))
        for _ in range(300):
            y = y * 1.0 + 0.0
        (y * y).backward()
        results[i] = x.grad.item()

    threads = [threading.Thread(target=work, args=(i,)) for i in range(4)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    assert results == [2.0, 4.0, 6.0, 8.0]


@pytest.mark.parametrize("kind", ["data", "data, Tensor", "data, array", "no_grad", "no_grad whole"])
def test_leaves_are_updated_in_place(kind):
    p = leaf(1.0, 2.0)
    (p * p).sum().backward()
    array, identity = p.data, id(p)
    if kind == "data":
        p.data -= 0.5 * p.grad.data
    elif kind == "data, Tensor":
        p.data -= 0.5 * p.grad
    elif kind == "data, array":
        p.data[...] = p.data - 0.5 * p.grad.numpy()
    elif kind == "no_grad":
        with no_grad():
            p -= 0.5 * p.grad
    else:
        with no_grad():
            p *= 0
    assert id(p) == identity
    assert p.data is array, "the update must go into the array itself: the optimizer and the model share it"
    same(p, [0.0, 0.0])
    assert p.requires_grad
    assert p._node is None
    p.grad = None
    (p * 3).sum().backward()
    same(p.grad, [3.0, 3.0])


@pytest.mark.parametrize("operation", ["+", "-", "*", "/"])
def test_a_leaf_is_not_changed_while_recording(operation):
    p = q = leaf(1.0, 2.0)
    array = p.data
    with pytest.raises(RuntimeError, match=r"\(2,\)"):
        exec(f"p {operation}= 2.0", {}, {"p": p})
    assert p is q
    assert p.data is array
    same(p, [1.0, 2.0])
    assert p.requires_grad
    (p * 2).sum().backward()
    same(p.grad, [2.0, 2.0])


def test_in_place_without_history_changes_the_array():
    x = Tensor([1.0, 2.0])
    array = x.data
    x += 1
    x *= Tensor([2.0, 3.0])
    x -= np.array([1.0, 1.0])
    x /= 2
    assert x.data is array
    same(x, [1.5, 4.0])


def test_in_place_keeps_the_type_and_the_shape():
    x = Tensor([1.0, 2.0])
    x += np.float64(0.5)
    x += np.ones(2)
    assert x.dtype == np.float32
    with pytest.raises(ValueError, match=r"\(2,\)"):
        x += np.ones((3, 2))
    same(x, [2.5, 3.5])
    n = tensor([1, 2])
    with pytest.raises(TypeError):
        n /= 2  # halves do not fit among integers
    assert n.tolist() == [1, 2]


# -- enable_autograd -----------------------------------------------------------------------------------------


def test_enabling_again_changes_nothing():
    before, backward = list(observers), Tensor.backward
    for _ in range(3):
        enable_autograd()
    assert observers == before
    assert Tensor.backward is backward
    x = leaf(3.0)
    (x * x).backward()
    same(x.grad, [6.0])  # not 12, not 18


def test_enabling_keeps_other_observers():
    seen = []

    def watch(name, inputs, arrays, attributes, result):
        seen.append(name)

    observers.append(watch)
    try:
        enable_autograd()
        assert watch in observers
        leaf(1.0) * 2
    finally:
        observers.remove(watch)
    assert seen == ["mul"]


# -- copies --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("copier", [copy.deepcopy, lambda m: pickle.loads(pickle.dumps(m))])
def test_a_copied_model_is_a_model_of_its_own(copier):
    model = nn.Sequential(nn.Linear(3, 2), nn.ReLU(), nn.Dropout(0.0))
    x = Tensor(np.ones((4, 3)))
    other = copier(model)
    np.testing.assert_array_equal(other(x).data, model(x).data)
    (other(x) * other(x)).sum().backward()
    assert [p.grad is not None for p in other.parameters()] == [True, True]
    assert [p.grad for p in model.parameters()] == [None, None]
    for p, q in zip(model.parameters(), other.parameters(), strict=True):
        assert type(p) is type(q)
        assert q.requires_grad
        assert not np.shares_memory(p.data, q.data)


# -- Function ------------------------------------------------------------------------------------------------


class Scaled(Function):
    def forward(ctx, a, b, scale=1.0):
        ctx.save_for_backward(a, b)
        ctx.scale = scale
        return scale * a * b

    def backward(ctx, g):
        a, b = ctx.saved_tensors
        return ctx.scale * g * b, ctx.scale * g * a


def test_function_has_both_gradients():
    a, b = leaf(1.0, 2.0), leaf(3.0, 4.0)
    Scaled.apply(a, b, scale=10.0).sum().backward()
    same(a.grad, [30, 40])
    same(b.grad, [10, 20])


def test_function_broadcasts_like_every_operation():
    a, b = leaf(2.0), leaf(3.0, 4.0)
    Scaled.apply(a, b).sum().backward()
    same(a.grad, [7])
    same(b.grad, [2, 2])


def test_function_answers_one_gradient_or_none():
    class First(Function):
        def forward(ctx, a, index):
            return a[index.astype(int)]

        def backward(ctx, g):
            assert ctx.needs_input_grad == (True, False)
            return np.array([g.sum(), 0, 0], np.float32), None

    x = leaf(1.0, 2.0, 3.0)
    First.apply(x, Tensor([0, 0])).sum().backward()
    same(x.grad, [2, 0, 0])


def test_function_without_gradients_is_not_recorded():
    assert not Scaled.apply(Tensor([1.0]), Tensor([2.0])).requires_grad
    with no_grad():
        assert not Scaled.apply(leaf(1.0), leaf(2.0)).requires_grad


def test_function_is_used_twice_with_contexts_of_its_own():
    a = leaf(2.0)
    Scaled.apply(Scaled.apply(a, Tensor([3.0]), scale=2.0), a, scale=5.0).backward()
    same(a.grad, [2 * 30 * 2.0])


def test_function_forgets_what_it_saved_after_backward():
    array = np.ones(1000, np.float32)
    x = tensor(array, requires_grad=True)
    out = Scaled.apply(x, x)
    out.sum().backward()
    saved = weakref.ref(x.data)
    del x, array
    gc.collect()
    assert saved() is None


# -- checkpoint ----------------------------------------------------------------------------------------------


def deep_model(seed):
    manual_seed(seed)
    layers = [nn.Sequential(nn.Linear(16, 16), nn.Tanh(), nn.Linear(16, 16), nn.GELU()) for _ in range(4)]
    return nn.Sequential(*layers)


def run_model(model, x, through):
    model.zero_grad()
    x.grad, out = None, x
    for layer in model:
        out = through(layer, out)
    loss = (out * out).sum()
    loss.backward()
    return [loss.data, x.grad.data.copy(), *(p.grad.data.copy() for p in model.parameters())]


def test_checkpoint_changes_no_bit():
    model, x = deep_model(1), tensor(np.random.default_rng(0).standard_normal((6, 16)), requires_grad=True)
    kept = run_model(model, x, lambda layer, out: layer(out))
    again = run_model(model, x, checkpoint)
    for a, b in zip(kept, again, strict=True):
        assert a.tobytes() == b.tobytes()


def test_checkpoint_repeats_random_numbers():
    """Dropout drops the same places in the second run; then the generator is where it would have been."""
    layer, x = nn.Sequential(nn.Linear(16, 16), nn.Dropout(0.5), nn.ReLU()), leaf(shape=(4, 16))
    answers = []
    for through in (lambda f, a: f(a), checkpoint):
        manual_seed(3)
        layer.zero_grad()
        x.grad = None
        through(layer, x).sum().backward()
        answers.append([x.grad.data, *(p.grad.data for p in layer.parameters()), rng.random(3)])
    for a, b in zip(*answers, strict=True):
        np.testing.assert_array_equal(a, b)


def test_checkpoint_runs_the_stretch_twice_and_keeps_less():
    calls = []

    def stretch(a):
        calls.append(a.requires_grad)
        for _ in range(10):
            a = a.exp().log()
        return a

    x = leaf(*np.linspace(0.1, 1, 50_000))
    plain = peak_memory(lambda: [y := stretch(x), y.detach()])
    checked = peak_memory(lambda: checkpoint(stretch, x))
    assert checked < plain / 2
    calls.clear()
    checkpoint(stretch, x).sum().backward()
    assert len(calls) == 2
    np.testing.assert_allclose(x.grad.data, np.ones(50_000), rtol=1e-4)


def test_checkpoint_lowers_the_peak_of_a_deep_model():
    """A second forward pass is its price; the gradients are the same, bit for bit."""
    manual_seed(0)
    layers = [nn.Sequential(nn.Linear(64, 64), nn.Tanh()) for _ in range(16)]
    stretches = [nn.Sequential(*layers[i : i + 4]) for i in range(0, 16, 4)]
    x, calls = Tensor(np.random.default_rng(0).standard_normal((500, 64))), []

    def step(parts, through):
        out = x
        for part in parts:
            out = through(lambda a, part=part: calls.append(1) or part(a), out)
        for layer in layers:
            layer.zero_grad()
        out.sum().backward()
        return [p.grad.data.tobytes() for layer in layers for p in layer.parameters()]

    kept = step(layers, lambda f, a: f(a))
    assert len(calls) == 16
    calls.clear()
    assert step(stretches, checkpoint) == kept
    assert len(calls) == 8  # each of the four stretches twice
    high = peak_memory(lambda: step(layers, lambda f, a: f(a)))
    assert peak_memory(lambda: step(stretches, checkpoint)) < 0.7 * high


def test_checkpoint_inside_checkpoint():
    w = leaf(2.0)
    inner = lambda a: checkpoint(lambda b: b * w, a)  # noqa: E731
    x = leaf(3.0)
    checkpoint(lambda a: inner(inner(a)), x).backward()
    same(x.grad, [4.0])
    same(w.grad, [12.0])


def test_checkpoint_of_several_inputs_of_which_one_needs_a_gradient():
    a, b = leaf(2.0), Tensor([5.0])
    checkpoint(lambda a, b: a * b, a, b).backward()
    same(a.grad, [5.0])
    assert b.grad is None


def test_checkpoint_whose_inputs_need_none():
    """The weight inside still gets its gradient: PyTorch's oldest trap with checkpoints."""
    w, x = leaf(2.0), Tensor([5.0])
    checkpoint(lambda a: a * w, x).backward()
    same(w.grad, [5.0])


def test_checkpoint_in_no_grad():
    with no_grad():
        assert not checkpoint(lambda a: a * 2, leaf(1.0)).requires_grad


def test_checkpoint_of_an_error_leaves_everything_usable():
    x = leaf(1.0)
    with pytest.raises(ZeroDivisionError):
        checkpoint(lambda a: 1 / 0, x)
    assert (x * 2).requires_grad, "recording must be on again after a stretch that failed"


def test_checkpoint_twice_backward_is_refused():
    x = leaf(1.0)
    y = checkpoint(lambda a: a * 2, x)
    y.backward()
    with pytest.raises(RuntimeError, match="freed"):
        y.backward()
    same(x.grad, [2.0])


def test_the_whole_model_still_learns():
    manual_seed(0)
    model = nn.Sequential(nn.Linear(2, 8), nn.Tanh(), nn.Linear(8, 1))
    x, y = Tensor([[0, 0], [0, 1], [1, 0], [1, 1]]), Tensor([[0.0], [1], [1], [0]])
    loss_of, losses = nn.MSELoss(), []
    for _ in range(600):
        loss = loss_of(model(x), y)
        model.zero_grad()
        loss.backward()
        for p in model.parameters():
            p.data -= 0.2 * p.grad
        losses.append(loss.item())
    assert losses[-1] < 0.02 < losses[0]
    assert all(p.dtype == p.grad.dtype == np.float32 for p in model.parameters())
