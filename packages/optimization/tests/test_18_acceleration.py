"""Accelerated models beside plain ones, kernels beside the originals, exchanges that fail, pools and tiles at edges."""

import contextlib
import gc
import threading
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

import tinytorch._acceleration as given
from tinytorch.acceleration import (
    FAST,
    POOL,
    Arena,
    BufferPool,
    Exchange,
    Fast,
    accelerate,
    adam_in_place,
    agree,
    checked_kernel,
    conv2d_vectorized,
    cross_entropy_once,
    gelu_gradient,
    gelu_in_blocks,
    matmul_by_dots,
    matmul_by_outers,
    matmul_by_rows,
    original,
    parts_of,
    plain_gradient,
    plain_kernel,
    share_below,
    side_by_side,
    tile_loads,
    tiled_matmul,
)
from tinytorch.core.autograd import gradients
from tinytorch.core.tensor import Tensor, apply, kernels, manual_seed, observers, tensor
from tinytorch.nn.activations import GELU, ReLU
from tinytorch.nn.attention import causal_mask, padding_mask, scaled_dot_product_attention
from tinytorch.nn.conv import Conv2d, Flatten, MaxPool2d
from tinytorch.nn.embedding import Embedding
from tinytorch.nn.layers import Linear, Module, Sequential
from tinytorch.nn.losses import CrossEntropyLoss
from tinytorch.nn.transformer import Transformer
from tinytorch.optim.optimizers import SGD, Adam, AdamW, adam_direction
from tinytorch.testing import check, check_gradients, check_raises, check_true

RNG = np.random.default_rng(0)


def some(*shape, size=1.0):
    return (size * RNG.standard_normal(shape)).astype(np.float32)


@pytest.fixture(autouse=True)
def nothing_stays():
    """Every test leaves the tables as it found them."""
    before = dict(kernels), dict(gradients)
    yield
    assert Exchange.opened == []
    assert (kernels, gradients) == before


@pytest.fixture(params=[1, 2, 3])
def threads(request, monkeypatch):
    """So many threads, also for small arrays."""
    monkeypatch.setattr(given, "thread_count", lambda: request.param)
    monkeypatch.setattr(given, "WORTH", 10)
    return request.param


# -- products and tiles ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(25))
def test_products_of_any_shape_and_tile(seed):
    rng = np.random.default_rng(seed)
    n, k, m = (int(size) for size in rng.integers(0, 12, 3))
    a, b, tile = rng.standard_normal((n, k)), rng.standard_normal((k, m)), int(rng.integers(1, 15))
    for product in (matmul_by_dots, matmul_by_rows, matmul_by_outers):
        check(f"{product.__name__} of ({n}, {k}) and ({k}, {m}), float64", product(a, b), a @ b)
        got = tiled_matmul(a, b, tile, product)
        check(f"tiled_matmul of ({n}, {k}) and ({k}, {m}), tile={tile}, {product.__name__}", got, a @ b)


def test_products_of_views():
    a, b = some(6, 4).T, some(9, 12)[::-2, ::3][:6]
    a, b = a, np.concatenate([b, b[:1]])[:6]
    for product in (matmul_by_dots, matmul_by_rows, matmul_by_outers, lambda a, b: tiled_matmul(a, b, 3)):
        check(f"a product of turned and stepped arrays {a.shape}, {b.shape}", product(a, b), a @ b)


def test_tile_loads_is_what_the_tiles_read():
    for n, k, m, tile in [(7, 5, 9, 3), (8, 8, 8, 4), (1, 1, 1, 5), (10, 3, 10, 1)]:
        read = []
        tiled_matmul(
            np.ones((n, k)), np.ones((k, m)), tile, lambda a, b, read=read: read.append(a.size + b.size) or a @ b
        )
        check(f"tile_loads({n}, {k}, {m}, {tile}), counted", tile_loads(n, k, m, tile), sum(read))


@pytest.mark.parametrize("shapes", [((2, 3), (2, 3)), ((3,), (3,)), ((2, 3), (3,)), ((1, 2, 3), (3, 2))], ids=str)
def test_tiled_matmul_names_the_shapes(shapes):
    check("tiled_matmul of (1, 1) and (1, 1)", tiled_matmul(np.ones((1, 1)), np.ones((1, 1))), np.ones((1, 1)))
    call = f"tiled_matmul of {shapes[0]} and {shapes[1]}"
    check_raises(call, lambda: tiled_matmul(*map(np.ones, shapes)), ValueError, str(shapes[0]), str(shapes[1]))


def test_a_tile_has_a_size():
    check("tiled_matmul(..., tile=1)", tiled_matmul(np.ones((2, 2)), np.ones((2, 2)), 1), np.full((2, 2), 2.0))
    check_raises(
        "tiled_matmul(..., tile=0)", lambda: tiled_matmul(np.ones((2, 2)), np.ones((2, 2)), 0), ValueError, "0"
    )


@pytest.mark.parametrize("shape", [(1, 1, 4, 3), (2, 3, 5, 4), (3, 2, 7, 7)], ids=str)
@pytest.mark.parametrize("window", [(1, 1), (1, 3), (4, 2)], ids=str)
def test_conv2d_vectorized_is_module_09s(shape, window):
    x, weight = some(*shape), some(4, shape[1], *window)
    check(f"conv2d_vectorized(x {shape}, windows {window})", conv2d_vectorized(x, weight), kernels["conv2d"](x, weight))


def test_conv2d_vectorized_names_the_shapes():
    x, weight = np.ones((2, 3, 5, 5)), np.ones((4, 2, 3, 3))
    check("conv2d_vectorized of 2 channels", conv2d_vectorized(x[:, :2], weight).shape, (2, 4, 3, 3))
    call = "conv2d_vectorized of 3 channels with filters for 2"
    check_raises(call, lambda: conv2d_vectorized(x, weight), ValueError, "(2, 3, 5, 5)", "(4, 2, 3, 3)")


# -- the pool ----------------------------------------------------------------------------------------------------------


def test_the_pool_never_gives_out_what_is_held():
    pool, rng, alive = BufferPool(), np.random.default_rng(1), []
    for number in range(400):
        if len(alive) > 8:
            alive.pop(int(rng.integers(len(alive))))
        array = pool.take((int(rng.integers(1, 4)), 8))
        array[...] = number
        alive.append((number, array.T if rng.random() < 0.5 else array[:1]))
        for value, view in alive:
            assert (view == value).all(), f"the array of turn {value} was given out again while a view was held"
        del array, view
    check_true("blocks are used again", pool.made < pool.taken / 4, f"made {pool.made} of {pool.taken}")


def test_the_pool_is_exact_about_its_bytes():
    pool = BufferPool()
    kept = [pool.take((5, 2), np.float64), pool.take((10,)), pool.take((0,)), pool.take(())]
    check("pool.taken, pool.made and pool.in_use()", (pool.taken, pool.made, pool.in_use()), (124, 124, 124))
    check_true("all begin where a line of the cache begins", all(a.ctypes.data % 64 == 0 for a in kept))
    del kept
    gc.collect()
    check("pool.in_use() afterwards", pool.in_use(), 0)
    check_true("the profile names the sizes", all(size in pool.profile() for size in ("80", "40", "taken 124")))


def test_threads_share_a_pool():
    pool, mixed = BufferPool(), []

    def work(number):
        for _ in range(200):
            array = pool.take((64,))
            array[...] = number
            if not (array == number).all():
                mixed.append(number)

    with ThreadPoolExecutor(4) as crew:
        list(crew.map(work, range(4)))
    check("arrays that two threads had at the same time", mixed, [])
    check_true("blocks were made", 256 <= pool.made <= 4 * 256, f"{pool.made} bytes")


# -- threads -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("count", [0, 1, 5, 64])
@pytest.mark.parametrize("parts", [1, 2, 3, 100])
def test_parts_cover_everything_once(count, parts):
    found = [i for part in parts_of(count, parts) for i in range(count)[part]]
    check(f"the numbers of parts_of({count}, {parts})", found, list(range(count)))


def test_settings_hold_in_threads():
    def divide(item):
        np.float32(1) / np.zeros(3, np.float32)

    with np.errstate(divide="ignore"):
        side_by_side(divide, [1, 2, 3])
    with np.errstate(divide="raise"):
        check_raises(
            "1 / 0 in threads where that is an error", lambda: side_by_side(divide, [1, 2, 3]), FloatingPointError
        )


# -- kernels beside the originals --------------------------------------------------------------------------------------


def both(operation, *arrays):
    """Result and gradients of an operation on Tensors, plain and accelerated."""
    found = []
    for context in (contextlib.nullcontext, accelerate):
        inputs = [tensor(a.copy(), requires_grad=True) for a in arrays]
        with context():
            out = operation(*inputs)
            g = np.random.default_rng(3).standard_normal(out.shape).astype(out.dtype)
            out.backward(tensor(g) if out.ndim else None)
        found.append([out.data, *(x.grad.data for x in inputs)])
    return zip(*found, strict=True)


OPERATIONS = {
    "GELU": (GELU(), [(3, 5)]),
    "GELU of many": (GELU(), [(40, 1000)]),
    "GELU tanh": (GELU("tanh"), [(3, 5)]),
    "GELU of a turned array": (lambda x: GELU()(x.T), [(30, 50)]),
    "ReLU": (ReLU(), [(7, 3, 4)]),
    "ReLU of a vector": (ReLU(), [(7,)]),
    "MaxPool2d(2)": (MaxPool2d(2), [(5, 3, 8, 6)]),
    "MaxPool2d(2) of odd pictures": (MaxPool2d(2), [(2, 3, 7, 5)]),
    "MaxPool2d((2, 4))": (MaxPool2d((2, 4)), [(2, 3, 4, 8)]),
    "MaxPool2d(3, 2, 1)": (MaxPool2d(3, 2, 1), [(2, 3, 7, 5)]),
    "MaxPool2d of a convolution": (lambda x, w: MaxPool2d(2)(apply("conv2d", x, w)), [(4, 3, 9, 9), (6, 3, 2, 2)]),
    "attention": (scaled_dot_product_attention, [(3, 2, 4, 8), (3, 2, 5, 8), (3, 2, 5, 6)]),
    "causal attention": (lambda *a: scaled_dot_product_attention(*a, causal_mask(4)), [(3, 2, 4, 8)] * 3),
    "attention of matrices": (scaled_dot_product_attention, [(4, 8), (5, 8), (5, 6)]),
    "attention, one batch of keys": (scaled_dot_product_attention, [(3, 2, 4, 8), (1, 2, 5, 8), (1, 2, 5, 6)]),
    "padded attention": (
        lambda *a: scaled_dot_product_attention(*a, padding_mask([4, 0, 2]).data[:, None]),
        [(3, 2, 4, 8)] * 3,
    ),
    "cross-entropy": (lambda x: CrossEntropyLoss()(x, [0, 4, 2]), [(3, 5)]),
    "cross-entropy, summed": (lambda x: CrossEntropyLoss("sum")(x, [0, 4, 2]), [(3, 5)]),
    "cross-entropy of each": (lambda x: CrossEntropyLoss("none")(x, [0, 4, 2]), [(3, 5)]),
    "cross-entropy of large scores": (lambda x: CrossEntropyLoss()(x * 300, [0, 4, 2]), [(3, 5)]),
    "cross-entropy of many": (lambda x: CrossEntropyLoss()(x, np.arange(200) % 100), [(200, 100)]),
    "embedding": (lambda w: apply("embedding", w, ids=np.array([[0, 3, 3], [1, 3, 0]])), [(5, 4)]),
    "embedding of one id": (lambda w: apply("embedding", w, ids=np.full(100, 2)), [(5, 4)]),
    "embedding of nothing": (lambda w: apply("embedding", w, ids=np.zeros((0,), int)), [(5, 4)]),
}


@pytest.mark.parametrize("name", OPERATIONS)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_every_operation_accelerated(name, dtype, threads):
    operation, shapes = OPERATIONS[name]
    arrays = [some(*shape).astype(dtype) for shape in shapes]
    for i, (want, got) in enumerate(both(operation, *arrays)):
        what = "the result" if i == 0 else f"the gradient of input {i - 1}"
        check(f"{what} of {name}, accelerated, {threads} threads", got, want, tolerance=1e-5 * abs(want).max(initial=1))


SMALL = ["GELU", "GELU tanh", "attention", "causal attention", "cross-entropy", "cross-entropy of each", "embedding"]


@pytest.mark.parametrize("name", SMALL)
def test_accelerated_gradients_by_nudging(name):
    operation, shapes = OPERATIONS[name]
    with accelerate():
        check_gradients(f"{name}, accelerated", operation, *(some(*shape) for shape in shapes))


def test_gelu_at_both_ends():
    x = np.array([-1e30, -100, -7, 7, 100, 1e30, np.inf, np.nan], np.float32)
    with np.errstate(invalid="ignore"):
        got = gelu_in_blocks(x)
        slope = gelu_gradient(got, x)[0](np.ones_like(x))
    check("gelu_in_blocks of -1e30 ... nan", got, np.array([0, 0, 0, 7, 100, 1e30, np.inf, np.nan], np.float32))
    check("its derivative", slope[:6], np.array([0, 0, 0, 1, 1, 1], np.float32), tolerance=1e-5)


def test_share_below_is_a_share():
    x = np.linspace(-6, 6, 3001, dtype=np.float32)
    out = np.empty_like(x)
    share_below(x, x * x, out)
    check_true("share_below lies in 0 ... 1", bool(out.min() >= 0 and out.max() <= 1))
    check_true("share_below never falls", bool((np.diff(out) > -1e-6).all()))


def test_gelu_of_many_sizes_keeps_little():
    with accelerate():
        GELU()(Tensor(some(9)))
        made = POOL.made
        for size in range(10, 60):
            GELU()(Tensor(some(size)))
    check("bytes newly made for 50 more sizes", POOL.made - made, 0)


def test_kernels_of_whole_numbers():
    window = dict.fromkeys(("kernel_size", "stride"), (2, 2)) | {"padding": (0, 0), "dilation": (1, 1)}
    pictures, x = np.arange(16).reshape(1, 1, 4, 4), tensor([-1, 0, 2])
    with accelerate():
        got, ours = kernels["max_pool2d"](pictures, **window), GELU()(x)
    check("max_pool2d of whole numbers, accelerated", got, kernels["max_pool2d"](pictures, **window))
    check("gelu of whole numbers, accelerated", ours, GELU()(x))


def test_cross_entropy_of_overflowing_scores_says_nothing():
    logits = np.array([[1000, 0], [-1000, -1000], [0, -1000]], np.float32)
    with np.errstate(all="raise", under="ignore"):
        got = cross_entropy_once(logits, np.array([1, 0, 0]), "none")
    check("cross_entropy_once of scores of 1000", got, np.array([1000, np.log(2), 0], np.float32))


# -- optimizers --------------------------------------------------------------------------------------------------------


def walked(context, make, shapes, steps=4, leave_after=None):
    """Parameters after some steps with known gradients; the context is left after `leave_after` steps."""
    rng = np.random.default_rng(5)
    params = [Tensor(rng.standard_normal(shape), requires_grad=True) for shape in shapes]
    if len(params[0].shape) == 2:
        params[0].data = np.asfortranarray(params[0].data)
    optimizer, stack = make(params), contextlib.ExitStack()
    stack.enter_context(context())
    for step in range(steps):
        for p in params:
            p.grad = Tensor(rng.standard_normal(p.shape))
        if step % 2:
            params[-1].grad = None
        optimizer.step()
        if step == leave_after:
            stack.close()
    stack.close()
    return params, optimizer


MAKERS = {
    "Adam": lambda params: Adam(params, lr=0.01),
    "Adam with decay": lambda params: Adam(params, lr=0.01, weight_decay=0.1),
    "AdamW": lambda params: AdamW(params, lr=0.01),
    "SGD": lambda params: SGD(params, lr=0.01, momentum=0.9),
    "two groups": lambda params: Adam([{"params": params[:1], "lr": 0.1}, {"params": params[1:]}], lr=0.01),
}


@pytest.mark.parametrize("name", MAKERS)
@pytest.mark.parametrize("leave_after", [None, 1])
def test_optimizers_walk_the_same_way(name, leave_after):
    shapes = [(6, 4), (5,), (200, 300), (3, 2, 2), (4,)]
    want, plain = walked(contextlib.nullcontext, MAKERS[name], shapes)
    got, fast = walked(accelerate, MAKERS[name], shapes, leave_after=leave_after)
    for i, (p, q) in enumerate(zip(got, want, strict=True)):
        check(f"parameter {i} after 4 steps of {name}, accelerated", p.data, q.data)
    for i, state in plain.state_dict()["state"].items():
        for key, value in state.items():
            check(f"{key} of parameter {i} in state_dict()", fast.state_dict()["state"][i][key], value)


def test_a_loaded_state_goes_on():
    shapes = [(6, 4), (5,)]
    _, want = walked(contextlib.nullcontext, MAKERS["Adam"], shapes, steps=3)
    params, fast = walked(accelerate, MAKERS["Adam"], shapes, steps=1)
    saved = want.state_dict()
    with accelerate():
        fast.load_state_dict(saved)
        for p in params:
            p.grad = Tensor(np.ones(p.shape))
        before = [p.data.copy() for p in params]
        fast.step()
    for p, old, i in zip(params, before, saved["state"], strict=True):
        state = {k: v if k == "step" else v.data.copy() for k, v in saved["state"][i].items()}
        one = np.ones_like(old)
        direction = adam_direction(one, state["exp_avg"], state["exp_avg_sq"], state["step"] + 1)
        check(f"parameter {i} after a step from a loaded state", p.data, old - np.float32(0.01) * direction)


def test_other_parameters_of_the_same_shapes_in_every_step():
    """As in two networks that are trained in turn with one Adam: the arena is not the one of the step before."""

    def trained(exchange):
        manual_seed(3)
        nets = Linear(4, 3), Linear(4, 3)
        optimizer = Adam([p for net in nets for p in net.parameters()], lr=0.01)
        with exchange:
            for net in nets * 3:
                optimizer.zero_grad()
                net(Tensor([[1.0, 2.0, 3.0, 4.0]])).sum().backward()
                optimizer.step()
        return np.concatenate([p.data.ravel() for net in nets for p in net.parameters()])

    plain = trained(contextlib.nullcontext())
    check("the parameters after six steps", trained(accelerate()), plain)


def test_gradients_stay_and_parameters_keep_their_memory():
    params = [Tensor(some(4, 3), requires_grad=True), Tensor(some(5), requires_grad=True)]
    memory, optimizer = [p.data for p in params], Adam(params)
    for p in params:
        p.grad = Tensor(np.ones(p.shape))
    with accelerate():
        optimizer.step()
    for i, p in enumerate(params):
        check(f"the gradient of parameter {i} after step()", p.grad, Tensor(np.ones(p.shape)))
        check_true(f"parameter {i} is still the same array", p.data is memory[i])


@pytest.mark.parametrize("step", [1, 2, 1000])
def test_adam_in_place_is_module_06s(step):
    g, m, v, out = some(50), some(50), abs(some(50)), np.empty(50, np.float32)
    want_m, want_v = m.copy(), v.copy()
    want = 0.1 * adam_direction(g, want_m, want_v, step, (0.5, 0.9), 1e-4)
    adam_in_place(g, m, v, step, 0.1, (0.5, 0.9), 1e-4, out)
    for name, got, wanted in (("out", out, want), ("m", m, want_m), ("v", v, want_v)):
        check(f"{name} after adam_in_place, step {step}", got, wanted)


def test_arena_of_one_number():
    p = Tensor(3.0, requires_grad=True)
    arena, p.grad = Arena([p]), Tensor(2.0)
    arena.step(1, 0.5, (0.9, 0.999), 1e-8)
    check("a parameter of shape () after a step of length 0.5", p.data, np.array(2.5, np.float32))


# -- the exchange ------------------------------------------------------------------------------------------------------


def test_a_plain_call_and_undo():
    exchange = accelerate()
    check_true("gelu is exchanged after accelerate()", kernels["gelu"] is FAST["gelu"].kernel)
    exchange.undo()
    exchange.undo()
    check_true("gelu is made of its parts after undo()", "gelu" not in kernels)


def test_exchanges_in_any_depth():
    before = dict(kernels)
    with accelerate(), accelerate(check=True), accelerate({"exp": Fast(np.exp)}):
        check_true("the innermost exp stands in the table", kernels["exp"] is np.exp)
        check_true("original finds the first", original(kernels, "relu") is before["relu"])
        check_true("original finds no kernel for a composite", original(kernels, "gelu") is None)


def test_an_exchange_in_another_thread_is_refused():
    """The tables belong to the whole process: two threads could not leave in the order in which they came."""
    errors = []

    def other():
        try:
            with accelerate():
                pass
        except RuntimeError as error:
            errors.append(str(error))

    with accelerate():
        thread = threading.Thread(target=other)
        thread.start()
        thread.join()
        check("how many exchanges are open", len(Exchange.opened), 1)
    check_true("the other thread was told", len(errors) == 1 and "another thread" in errors[0], errors)


def test_an_exchange_that_was_undone_is_not_entered():
    exchange = accelerate()
    exchange.undo()
    check_raises("entering it", exchange.__enter__, RuntimeError, "undone")


def test_an_error_in_a_model_undoes_everything():
    before = dict(kernels)

    def broken():
        with accelerate(), accelerate(check=True):
            Linear(3, 2)(Tensor(np.ones((1, 4))))

    check_raises("a layer for 3 features given 4, accelerated", broken, ValueError, "(1, 4)")
    check_true("all kernels are the originals", kernels == before)


def test_observers_see_the_same_operations():
    names = []
    model, x = Sequential(Conv2d(1, 2, 3), ReLU(), MaxPool2d(2), Flatten()), Tensor(some(2, 1, 6, 6))
    observers.append(lambda name, *rest: names.append(name))
    try:
        model(x)
        plain, names[:] = list(names), []
        with accelerate():
            model(x)
    finally:
        observers.pop()
    check("the operations that pass the door, accelerated", names, plain)


def test_a_graph_outlives_the_block():
    x, want = Tensor(some(4, 5), requires_grad=True), Tensor(some(4, 5))
    want = Tensor(x.data, requires_grad=True)
    with accelerate():
        out = GELU()(x).sum()
    out.backward()
    GELU()(want).sum().backward()
    check("x.grad, forward inside of the block and backward after it", x.grad, want.grad)


# -- checks ------------------------------------------------------------------------------------------------------------

FAULTS = {
    "gelu": (lambda a, **o: 1.01 * gelu_in_blocks(a, **o), None, lambda: GELU()(Tensor(some(2, 3)))),
    "relu": (lambda a: np.abs(a), None, lambda: ReLU()(Tensor(some(2, 3)))),
    "exp": (lambda a: np.exp(a).astype(np.float64), None, lambda: Tensor(some(2, 3)).exp()),
    "tanh": (lambda a: np.tanh(a).T, None, lambda: apply("tanh", Tensor(some(2, 3)))),
    "mul": (lambda a, b: np.multiply(a, b, out=a), None, lambda: Tensor(some(2, 3)) * Tensor(some(2, 3))),
}


@pytest.mark.parametrize("name", FAULTS)
def test_a_faulty_kernel_is_named_with_its_shape(name):
    kernel, gradient, run = FAULTS[name]
    with accelerate({name: Fast(kernel, gradient)}, check=True):
        check_raises(f"a faulty {name} on (2, 3)", run, RuntimeError, f"kernel of {name} on (2, 3)")


WRONG_GRADIENTS = {
    "relu": (lambda out, a: (lambda g: g * (a > -1e9),), lambda x: ReLU()(x * 3)),
    "mul": (lambda out, a, b: (lambda g: g * b, lambda g: g * b), lambda x: x * (x + 1)),
    "exp": (lambda out, a: (lambda g: np.multiply(g, out, out=g),), lambda x: x.exp()),
    "gelu": (lambda out, a, approximate: (lambda g: g[:1] * out[:1],), lambda x: GELU()(x)),
}


@pytest.mark.parametrize("name", WRONG_GRADIENTS)
def test_a_faulty_gradient_is_named_with_its_shape(name):
    gradient, operation = WRONG_GRADIENTS[name]
    x = Tensor(some(2, 3), requires_grad=True)
    with accelerate({name: Fast(plain_kernel(name), gradient)}, check=True):
        out = operation(x)
        backward = lambda: out.backward(Tensor(np.ones((2, 3))))  # noqa: E731
        check_raises(f"a faulty gradient of {name} on (2, 3)", backward, RuntimeError, f"gradient of {name} on (2, 3)")


def test_a_kernel_for_a_composite_without_a_gradient():
    """With check=True the parts bring the gradient; without it there is none, and the message says what to do."""
    x = Tensor(some(3, 5), requires_grad=True)
    with accelerate({"cross_entropy": Fast(cross_entropy_once)}, check=True):
        CrossEntropyLoss()(x, [0, 1, 2]).backward()
    want, x.grad = x.grad, None
    CrossEntropyLoss()(x, [0, 1, 2]).backward()
    check("x.grad, by the gradient of the parts", want, x.grad)
    with accelerate({"cross_entropy": Fast(cross_entropy_once)}):
        loss = lambda: CrossEntropyLoss()(x, [0, 1, 2])  # noqa: E731 - used once
        check_raises("a kernel without a gradient", loss, RuntimeError, "cross_entropy", "remove its kernel")


def test_a_fault_that_only_some_shapes_have():
    kernel = checked_kernel("neg", lambda a: -a if a.size < 5 else a, np.negative)
    check("the checked kernel on (4,)", kernel(np.ones(4)), -np.ones(4))
    check_raises("the checked kernel on (5,)", lambda: kernel(np.ones(5)), RuntimeError, "neg on (5,)")
    check_raises("the same again: a fault is not forgotten", lambda: kernel(np.ones(5)), RuntimeError, "neg on (5,)")


def test_a_faulty_gradient_is_found_after_a_forward_pass_alone():
    wrong = {"relu": Fast(kernels["relu"], lambda out, a: (lambda g: g,))}
    x = Tensor([[-1.0, 2.0]], requires_grad=True)
    with accelerate(wrong, check=True):
        ReLU()(x)
        for _ in range(2):
            check_raises("backward()", ReLU()(x).sum().backward, RuntimeError, "gradient of relu on (1, 2)")


def test_a_kernel_that_has_not_been_checked_gets_copies():
    def careless(x, weight, bias):
        out = x @ weight.T + bias
        weight *= 0
        return out

    layer = Linear(3, 2)
    want = layer.weight.data.copy()
    with accelerate({"linear": Fast(careless)}, check=True):
        call = lambda: layer(Tensor(some(1, 3)))  # noqa: E731
        check_raises("a linear that clears its weight", call, RuntimeError, "linear on (1, 3), (2, 3), (2,)", "input 1")
    check("the layer's weight afterwards", layer.weight.data, want)


def test_a_gradient_that_changes_a_weight_is_found_and_undone():
    plain = plain_gradient("linear")

    def careless(out, x, weight, bias):
        by_x, *others = plain(out, x, weight, bias)

        def by_x_and_halve(g):
            slope = by_x(g)
            weight[...] *= 0.5
            return slope

        return by_x_and_halve, *others

    layer, x = Linear(3, 2), Tensor(some(1, 3), requires_grad=True)
    want = layer.weight.data.copy()
    with accelerate({"linear": Fast(plain_kernel("linear"), careless)}, check=True):
        out = layer(x).sum()
        check_raises("backward()", out.backward, RuntimeError, "gradient of linear", "changes")
    check("the layer's weight afterwards", layer.weight.data, want)


def test_the_same_shape_with_other_attributes_is_checked_again():
    softmax, square = kernels["softmax"], Tensor(some(3, 3))
    with accelerate({"softmax": Fast(lambda a, dim: softmax(a, dim=1))}, check=True):
        apply("softmax", square, dim=1)
        check_raises("dim=0", lambda: apply("softmax", square, dim=0), RuntimeError, "softmax on (3, 3)")


def test_the_same_shape_in_another_type_is_checked_again():
    kernel = checked_kernel("neg", lambda a: -a if a.dtype == np.float32 else a, np.negative)
    kernel(np.ones(3, np.float32))
    check_raises("neg of float64", lambda: kernel(np.ones(3)), RuntimeError, "neg on (3,)")


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_agree_about_what_is_no_number(value):
    agree("x", np.array([1.0, value]), np.array([1.0, value]))
    for got in (0.0, -value if np.isinf(value) else np.inf):
        call = f"agree({got}, {value})"
        check_raises(
            call, lambda got=got: agree("x", np.array([1.0, got]), np.array([1.0, value])), RuntimeError, "(1,)"
        )


# -- models ------------------------------------------------------------------------------------------------------------


def cnn():
    layers = [Conv2d(3, 4, 3, padding=1), ReLU(), MaxPool2d(2), Conv2d(4, 6, 3), ReLU(), MaxPool2d(2), Flatten()]
    model, x, y = Sequential(*layers, Linear(12, 5)), Tensor(some(6, 3, 12, 10)), RNG.integers(0, 5, 6)
    return model, lambda: CrossEntropyLoss()(model(x), y)


def decoder():
    model, ids = Transformer(vocab=20, d_model=16, n_heads=4, n_layers=2, max_len=12), RNG.integers(0, 20, (5, 13))
    return model, lambda: model(ids[:, :-1], ids[:, 1:])


class Residual(Module):
    """The tensor before the ReLU is used again after it."""

    def __init__(self):
        self.inner = Linear(8, 8)
        self.table = Embedding(6, 8)

    def forward(self, ids):
        x = self.table(ids)
        h = self.inner(x)
        return (h + ReLU()(h) * GELU()(h)).mean()


def residual():
    model, ids = Residual(), RNG.integers(0, 6, (4, 7))
    return model, lambda: model(ids)


@pytest.mark.parametrize("make", [cnn, decoder, residual])
@pytest.mark.parametrize("checked", [False, True])
def test_models_have_the_same_loss_and_gradients(make, checked, threads):
    manual_seed(4)
    model, loss_of = make()
    want = loss_of()
    want.backward()
    slopes = {name: p.grad.data for name, p in model.named_parameters()}
    model.zero_grad()
    with accelerate(check=checked):
        got = loss_of()
        got.backward()
    check(f"the loss of {make.__name__}, accelerated", got, want.detach())
    for name, p in model.named_parameters():
        check(f"the gradient of {name} of {make.__name__}, accelerated", p.grad.data, slopes[name])


def test_training_steps_need_no_new_blocks():
    model, loss_of = decoder()
    optimizer = Adam(model.parameters())

    def step():
        optimizer.zero_grad()
        loss_of().backward()
        optimizer.step()

    with accelerate():
        step(), step()
        made = POOL.made
        for _ in range(5):
            step()
    check("bytes newly made by the pool in steps 3 to 7", POOL.made - made, 0)
