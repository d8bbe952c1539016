"""Convolutions, pooling and batch normalization are PyTorch's, over generated configurations."""

import numpy as np
import pytest
import torch
from generated import distinct, numbers
from hypothesis import assume, example, given
from hypothesis import strategies as st
from oracle import agree, close, our_tensor, same_gradient, their_tensor

from tinytorch import gradcheck, nn, no_grad
from tinytorch.core.tensor import kernels, manual_seed, tensor
from tinytorch.nn import conv

TYPES = st.sampled_from([np.float32, np.float64])
LOOSE = {"rtol": 1e-4, "atol": 1e-5}  # sums in another order


def some_pair(low, high):
    """A number, or a pair of them."""
    return st.integers(low, high) | st.tuples(st.integers(low, high), st.integers(low, high))


@st.composite
def convolutions(draw):
    """(in_channels, out_channels, options) of a Conv2d."""
    groups = draw(st.integers(1, 3))
    options = {
        "kernel_size": draw(some_pair(1, 4)),
        "stride": draw(some_pair(1, 3)),
        "padding": draw(some_pair(0, 3)),
        "dilation": draw(some_pair(1, 3)),
        "groups": groups,
        "bias": draw(st.booleans()),
    }
    return groups * draw(st.integers(1, 3)), groups * draw(st.integers(1, 3)), options


def twins(name, *arguments, **options):
    """The same layer twice, with the same numbers."""
    ours, theirs = getattr(nn, name)(*arguments, **options), getattr(torch.nn, name)(*arguments, **options)
    ours.load_state_dict({key: value.numpy() for key, value in theirs.state_dict().items()})
    return ours, theirs


def same_slopes(ours, theirs, **tolerance):
    for (name, p), (their_name, q) in zip(ours.named_parameters(), theirs.named_parameters(), strict=True):
        assert name == their_name
        same_gradient(p.grad, q.grad, name, **tolerance)


def fits(layer, shape):
    try:
        layer.window.places(np.empty(shape))
    except ValueError:
        return False
    return True


@st.composite
def pictures(draw, channels, dtype=np.float32, kind=numbers):
    """(N, channels, H, W), in one of the orders in memory that arrays have here."""
    shape = (draw(st.integers(1, 3)), channels, draw(st.integers(1, 9)), draw(st.integers(1, 9)))
    array = draw(kind(shape, dtype=dtype))
    return conv.channels_last(array).transpose(0, 3, 1, 2) if draw(st.booleans()) else array


# -- convolution ---------------------------------------------------------------------------------------------


@given(data=st.data(), chunk=st.sampled_from([1, 40, 300, 200_000]))
def test_conv2d(data, chunk):
    """Any configuration, in chunks of any size: of one row of places, of some, of some pictures, of all."""
    inputs, outputs, options = data.draw(convolutions())
    ours, theirs = twins("Conv2d", inputs, outputs, **options)
    x = data.draw(pictures(inputs))
    assume(fits(ours, x.shape))
    before, conv.CHUNK = conv.CHUNK, chunk
    try:
        agree(ours, x, theirs=theirs, **LOOSE)
    finally:
        conv.CHUNK = before
    same_slopes(ours, theirs, **LOOSE)


@given(data=st.data())
def test_conv2d_stays_float64(data):
    inputs, outputs, options = data.draw(convolutions())
    ours, theirs = twins("Conv2d", inputs, outputs, **options)
    theirs = theirs.double()
    for p in ours.parameters():
        p.data = p.data.astype(np.float64)
    x = data.draw(pictures(inputs, np.float64))
    assume(fits(ours, x.shape))
    agree(ours, x, theirs=theirs)
    same_slopes(ours, theirs)


@given(data=st.data())
def test_conv2d_agrees_with_its_explicit_forms(data):
    """The loops, the product with all columns and the chunks give the same numbers and the same gradients."""
    inputs, outputs, options = data.draw(convolutions().filter(lambda drawn: drawn[2]["groups"] == 1))
    layer, x = nn.Conv2d(inputs, outputs, **options), data.draw(pictures(inputs))
    assume(fits(layer, x.shape))
    window = {name: options[name] for name in ("stride", "padding", "dilation")}
    slopes = []
    for run in (layer, lambda x: conv.conv2d_by_columns(x, layer.weight, layer.bias, **window)):
        layer.zero_grad()
        picture = our_tensor(x)
        out = run(picture)
        out.backward(our_tensor(np.cos(np.arange(out.size)).reshape(out.shape), requires_grad=False))
        slopes.append([out.detach(), picture.grad, *(p.grad for p in layer.parameters())])
    for got, want in zip(*slopes, strict=True):
        np.testing.assert_allclose(got.data, want.data, **LOOSE)
    plain = nn.conv2d_explicit(x, layer.weight.data) if fits_plainly(layer, x) else None
    if plain is not None:
        theirs = torch.nn.functional.conv2d(their_tensor(x), their_tensor(layer.weight.data))
        np.testing.assert_allclose(plain, theirs.detach().numpy(), **LOOSE)


def fits_plainly(layer, x):
    return all(k <= n for k, n in zip(layer.kernel_size, x.shape[2:], strict=True))


@given(data=st.data())
def test_im2col_is_unfold(data):
    size, options = data.draw(some_pair(1, 3)), {"stride": data.draw(some_pair(1, 3))}
    options |= {"padding": data.draw(some_pair(0, 2)), "dilation": data.draw(some_pair(1, 2))}
    x = data.draw(pictures(data.draw(st.integers(1, 3))))
    assume(fits(nn.Conv2d(1, 1, size, **options), x.shape))
    theirs = torch.nn.functional.unfold
    agree(lambda a: nn.im2col(a, size, **options), x, theirs=lambda a: theirs(a, size, **options))


@given(data=st.data())
def test_conv2d_passes_gradcheck(data):
    inputs, outputs, options = data.draw(convolutions())
    layer, x = nn.Conv2d(inputs, outputs, **options), data.draw(pictures(inputs, np.float64))
    assume(fits(layer, x.shape))
    assume(x.size < 200)
    given_as = {"stride": layer.stride, "padding": layer.padding, "dilation": layer.dilation, "groups": layer.groups}
    inputs = [tensor(x, dtype=np.float64), *layer.parameters()]
    assert gradcheck(lambda *tensors: nn.conv.apply("conv2d", *tensors, **given_as), inputs)


def test_conv2d_of_one_picture_and_of_none():
    ours, theirs = twins("Conv2d", 3, 4, 3, padding=1)
    agree(ours, np.ones((3, 5, 6), np.float32), theirs=theirs, **LOOSE)
    agree(ours, np.ones((0, 3, 5, 6), np.float32), theirs=theirs)


def test_a_gradient_in_any_order_of_memory():
    """What comes back from a Flatten lies row by row, what comes from another convolution channel by channel."""
    ours, theirs = twins("Conv2d", 2, 3, 3)
    x = np.random.default_rng(0).standard_normal((4, 2, 6, 7)).astype(np.float32)
    g = np.random.default_rng(1).standard_normal((3, 5, 4, 4)).astype(np.float32).transpose(2, 0, 3, 1)
    a, b = our_tensor(x), their_tensor(x)
    ours(a).backward(our_tensor(g, requires_grad=False))
    theirs(b).backward(torch.tensor(g))
    close(a.grad, b.grad, "x", **LOOSE)
    same_slopes(ours, theirs, **LOOSE)


@pytest.mark.parametrize(("inputs", "outputs", "size"), [(16, 200, 5), (300, 40, 1), (8, 64, (1, 7))])
def test_conv2d_starts_as_theirs(inputs, outputs, size):
    manual_seed(0)
    torch.manual_seed(0)
    ours, theirs = nn.Conv2d(inputs, outputs, size), torch.nn.Conv2d(inputs, outputs, size)
    for p, q in zip(ours.parameters(), theirs.parameters(), strict=True):
        got, want = p.data, q.detach().numpy()
        assert np.abs(got).max() == pytest.approx(np.abs(want).max(), rel=0.1)
        if got.size > 100:  # of fewer numbers, the spread is chance
            assert got.std() == pytest.approx(want.std(), rel=0.2)


# -- pooling -------------------------------------------------------------------------------------------------


@st.composite
def poolings(draw):
    size = draw(some_pair(1, 4))
    most = [k // 2 for k in (size if isinstance(size, tuple) else (size, size))]
    padding = tuple(draw(st.integers(0, p)) for p in most)
    return size, draw(st.none() | some_pair(1, 3)), padding


@pytest.mark.parametrize("name", ["MaxPool2d", "AvgPool2d"])
@given(data=st.data(), dtype=TYPES, chunk=st.sampled_from([1, 30, 200_000]))
def test_pooling(name, data, dtype, chunk):
    ours, theirs = twins(name, *data.draw(poolings()))
    x = data.draw(pictures(data.draw(st.integers(1, 3)), dtype, distinct))
    assume(fits(ours, x.shape))
    before, conv.CHUNK = conv.CHUNK, chunk
    try:
        agree(ours, x, theirs=theirs)
        agree(ours, np.ascontiguousarray(x), theirs=theirs)
    finally:
        conv.CHUNK = before


@given(data=st.data())
def test_the_first_of_equal_numbers_has_the_gradient(data):
    ours, theirs = twins("MaxPool2d", *data.draw(poolings()))
    shape = (2, data.draw(st.integers(1, 2)), data.draw(st.integers(1, 8)), data.draw(st.integers(1, 8)))
    x = np.random.default_rng(data.draw(st.integers(0, 99))).integers(0, 3, shape).astype(np.float32)
    assume(fits(ours, x.shape))
    agree(ours, x, theirs=theirs)


@pytest.mark.parametrize("name", ["MaxPool2d", "AvgPool2d"])
def test_pooling_of_special_values(name):
    x = np.array([[[[-np.inf, -np.inf, np.inf, 1], [-np.inf, -np.inf, 2, 1], [np.nan, 1, 0, -0.0], [2, 3, 0, 0]]]])
    ours, theirs = twins(name, 2)
    agree(ours, x.astype(np.float32), theirs=theirs, gradients=False)
    agree(ours, np.ones((0, 2, 4, 4), np.float32), theirs=theirs)
    agree(ours, np.ones((2, 4, 4), np.float32), theirs=theirs)


# -- batch normalization -------------------------------------------------------------------------------------


@given(data=st.data(), dtype=TYPES)
@example(data=None, dtype=np.float32)
def test_batch_norm(data, dtype):
    """Two batches in training, then one in use: outputs, gradients, and the running statistics.

    Theirs gets its numbers row by row: with other strides and N = H = 1 its gradient is wrong.
    """
    x = np.arange(24, dtype=dtype).reshape(2, 3, 2, 2) if data is None else data.draw(pictures(3, dtype))
    assume(x.size > 6)  # of two numbers the variance is nearly all rounding
    ours, theirs = twins("BatchNorm2d", 3, eps=1e-3, momentum=0.3)
    if dtype == np.float64:
        theirs = theirs.double()
        for value in [*ours.parameters(), ours.running_mean, ours.running_var]:
            value.data = value.data.astype(dtype)
    for batch in (x, 2 * x + 1):
        agree(ours, batch, theirs=lambda a: theirs(a.contiguous()), rtol=1e-4, atol=1e-4)
        same_slopes(ours, theirs, rtol=1e-3, atol=1e-3)
    for name, value in theirs.state_dict().items():
        close(ours.state_dict()[name], value, name, rtol=1e-5, atol=1e-6)
    agree(ours.eval(), x, theirs=theirs.eval(), **LOOSE)


def test_batch_norm_refuses_one_value_as_theirs():
    ours, theirs = twins("BatchNorm2d", 2)
    one = np.ones((1, 2, 1, 1), np.float32)
    for layer, x in [(ours, our_tensor(one)), (theirs, their_tensor(one))]:
        with pytest.raises(ValueError, match="1 value per channel"):
            layer(x)
    agree(ours.eval(), one, theirs=theirs.eval())


# -- models --------------------------------------------------------------------------------------------------


def small_cnn(library):
    return library.Sequential(
        library.Conv2d(3, 8, 3, padding=1),
        library.BatchNorm2d(8),
        library.ReLU(),
        library.MaxPool2d(2),
        library.Conv2d(8, 12, (3, 5), stride=(1, 2), padding=2, groups=2, bias=False),
        library.BatchNorm2d(12),
        library.ReLU(),
        library.AvgPool2d(2),
        library.Flatten(),
        library.Linear(36, 10),
    )


def test_a_cnn_has_their_keys_shapes_and_numbers():
    ours, theirs = small_cnn(nn), small_cnn(torch.nn)
    state = theirs.state_dict()
    assert {k: tuple(v.shape) for k, v in state.items()} == {k: v.shape for k, v in ours.state_dict().items()}
    assert list(ours.state_dict()) == list(state)
    ours.load_state_dict({k: v.numpy() for k, v in state.items()})
    x = np.random.default_rng(2).standard_normal((4, 3, 8, 12)).astype(np.float32)
    agree(ours, x, theirs=theirs, rtol=1e-3, atol=1e-4)
    same_slopes(ours, theirs, rtol=1e-3, atol=1e-3)
    agree(ours.eval(), x, theirs=theirs.eval(), rtol=1e-3, atol=1e-4)
    theirs.load_state_dict({k: torch.tensor(v.data) for k, v in ours.state_dict().items()})


def test_a_cnn_takes_their_steps():
    """Ten steps of Adam from the same start: the same losses."""
    from tinytorch.optim import Adam

    ours, theirs = small_cnn(nn), small_cnn(torch.nn)
    ours.load_state_dict({k: v.numpy() for k, v in theirs.state_dict().items()})
    x = np.random.default_rng(3).standard_normal((16, 3, 8, 12)).astype(np.float32)
    labels = np.arange(16) % 10
    mine, judge = Adam(ours.parameters()), torch.optim.Adam(theirs.parameters())
    criterion, their_criterion = nn.CrossEntropyLoss(), torch.nn.CrossEntropyLoss()
    for _ in range(10):
        loss = criterion(ours(our_tensor(x)), labels)
        want = their_criterion(theirs(their_tensor(x)), torch.tensor(labels))
        assert loss.item() == pytest.approx(want.item(), rel=1e-3)
        for optimizer, value in [(mine, loss), (judge, want)]:
            optimizer.zero_grad()
            value.backward()
            optimizer.step()


@given(data=st.data())
def test_flatten(data):
    shape = tuple(data.draw(st.lists(st.integers(0, 3), min_size=1, max_size=5)))
    start = data.draw(st.integers(0, len(shape) - 1))
    end = data.draw(st.integers(start, len(shape) - 1)) - data.draw(st.sampled_from([0, len(shape)]))
    x = np.arange(np.prod(shape), dtype=np.float32).reshape(shape)
    agree(nn.Flatten(start, end), x, theirs=torch.nn.Flatten(start, end))


def test_what_theirs_refuses_is_refused():
    """The same inputs are errors on both sides; here they are a ValueError or a TypeError."""
    for name, arguments, shape in [
        ("Conv2d", (3, 4, 3), (2, 4, 8, 8)),
        ("Conv2d", (3, 4, 9), (2, 3, 8, 8)),
        ("Conv2d", (3, 4, 3), (3, 8)),
        ("Conv2d", (3, 4, 3, 1, -1), (2, 3, 8, 8)),
        ("Conv2d", (3, 4, 3, 0), (2, 3, 8, 8)),
        ("Conv2d", (3, 4, 3, 1, 0, 0), (2, 3, 8, 8)),
        ("Conv2d", (3, 4, 3, 1, 0, 1, 2), (2, 3, 8, 8)),
        ("Conv2d", (4, 3, 3, 1, 0, 1, 2), (2, 4, 8, 8)),
        ("Conv2d", (3, 4, (1, 2, 3)), (2, 3, 8, 8)),
        ("MaxPool2d", (3, 1, 2), (2, 3, 8, 8)),
        ("MaxPool2d", (9,), (2, 3, 8, 8)),
        ("AvgPool2d", (9,), (2, 3, 8, 8)),
        ("AvgPool2d", (2, 0), (2, 3, 8, 8)),
        ("BatchNorm2d", (3,), (2, 4, 8, 8)),
        ("BatchNorm2d", (3,), (3, 8, 8)),
    ]:
        for library, make, errors in [(nn, our_tensor, (ValueError, TypeError)), (torch.nn, their_tensor, Exception)]:
            with pytest.raises(errors):
                getattr(library, name)(*arguments)(make(np.ones(shape, np.float32)))


def test_listing_4_runs_as_printed():
    def conv2d_explicit(input, weight):
        B, C_in, H, W = input.shape
        C_out, _, K_h, K_w = weight.shape
        H_out, W_out = H - K_h + 1, W - K_w + 1
        output = np.zeros((B, C_out, H_out, W_out))
        for b in range(B):
            for c_out in range(C_out):
                for h in range(H_out):
                    for w in range(W_out):
                        for c_in in range(C_in):
                            for kh in range(K_h):
                                for kw in range(K_w):
                                    output[b, c_out, h, w] += \
                                        input[b, c_in, h+kh, w+kw] * \
                                        weight[c_out, c_in, kh, kw]
        return output

    rng = np.random.default_rng(4)
    x, weight = (rng.standard_normal(shape).astype(np.float32) for shape in [(2, 3, 6, 5), (4, 3, 3, 2)])
    want = torch.nn.functional.conv2d(torch.tensor(x), torch.tensor(weight)).numpy()
    for function in (conv2d_explicit, nn.conv2d_explicit):
        np.testing.assert_allclose(function(x, weight), want, **LOOSE)
    with no_grad():
        np.testing.assert_allclose(conv2d_explicit(our_tensor(x), our_tensor(weight)), want, **LOOSE)
        close(nn.conv2d_explicit(our_tensor(x), our_tensor(weight)), torch.tensor(want), **LOOSE)


def test_kernels_are_at_the_door():
    assert {"conv2d", "im2col", "max_pool2d", "avg_pool2d", "batch_norm"} <= set(kernels)
