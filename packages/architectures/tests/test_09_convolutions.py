"""Convolutions together with the earlier modules: models, gradients, files, edge values, bad input, the door."""

import tracemalloc

import numpy as np
import pytest

from tinytorch.core.autograd import checkpoint, no_grad
from tinytorch.core.tensor import Tensor, apply, manual_seed, observers, randn, tensor, zeros
from tinytorch.nn import (
    AvgPool2d,
    BatchNorm2d,
    Conv2d,
    CrossEntropyLoss,
    Flatten,
    Linear,
    MaxPool2d,
    ReLU,
    Sequential,
    conv2d_explicit,
    conv2d_multiply_adds,
    im2col,
    receptive_field,
)
from tinytorch.testing import check, check_gradients, check_raises, check_true


def model():
    first = [Conv2d(1, 4, 3, padding=1), BatchNorm2d(4), ReLU(), MaxPool2d(2)]
    second = [Conv2d(4, 6, 3, groups=2, bias=False), BatchNorm2d(6), ReLU(), AvgPool2d(2)]
    return Sequential(*first, *second, Flatten(), Linear(6, 3))


NAMES = ["weight", "bias", "running_mean", "running_var", "num_batches_tracked"]


def test_the_figures_of_the_paper():
    check("the parameters of Conv2d(3, 32, 3)", sum(p.size for p in Conv2d(3, 32, 3).parameters()), 896)
    check("of Linear(3 * 32 * 32, 32)", sum(p.size for p in Linear(3072, 32).parameters()), 98_336)
    x, layer = zeros(128, 3, 32, 32), Conv2d(3, 32, 5)
    work = conv2d_multiply_adds(layer(x).shape, layer.weight.shape)
    check("the multiply-adds of 32 filters of 5 x 5 on 128 pictures of CIFAR-10", work, 128 * 32 * 28 * 28 * 3 * 5 * 5)


def test_the_loops_take_arrays_and_tensors():
    x, w = randn(2, 3, 6, 5), randn(4, 3, 3, 2)
    want = conv2d_explicit(x.data, w.data)
    check_true("arrays give an array", type(want) is np.ndarray, f"a {type(want).__name__}")
    check("conv2d_explicit(x, w)", conv2d_explicit(x, w), Tensor(want))
    check('apply("conv2d", x, w)', apply("conv2d", x, w), Tensor(want))
    check("of float64", conv2d_explicit(x.data.astype(np.float64), w.data).dtype, np.dtype(np.float64))


def test_the_loops_refuse():
    picture = np.ones((1, 3, 4, 4))
    call = "conv2d_explicit of 3 channels, filters for 2"
    check_raises(call, lambda: conv2d_explicit(picture, np.ones((1, 2, 3, 3))), ValueError, "2", "3")
    call = "conv2d_explicit of a window of 5 on 4"
    check_raises(call, lambda: conv2d_explicit(picture, np.ones((1, 3, 5, 5))), ValueError, "5", "4")
    call = "conv2d_explicit of a picture without a batch"
    check_raises(call, lambda: conv2d_explicit(picture[0], np.ones((1, 3, 3, 3))), ValueError, "(3, 4, 4)")


def test_the_names_in_a_file():
    keys = [f"0.{name}" for name in NAMES[:2]] + [f"1.{name}" for name in NAMES]
    keys += ["4.weight"] + [f"5.{name}" for name in NAMES] + ["9.weight", "9.bias"]
    check("the keys of a CNN's state", list(model().state_dict()), keys)
    check("its parameters", sum(p.size for p in model().parameters()), 40 + 8 + 108 + 12 + 21)


def test_a_state_goes_from_model_to_model():
    manual_seed(0)
    first, second, x = model(), model(), randn(8, 1, 9, 8)
    for _ in range(3):
        first(x)
    second.load_state_dict({name: value.numpy() for name, value in first.state_dict().items()})
    check("second.eval()(x) after loading the state of first", second.eval()(x), first.eval()(x))
    check("its num_batches_tracked", int(second[1].num_batches_tracked), 3)
    check("of type", second[1].num_batches_tracked.dtype, np.dtype(np.int64))


def test_a_model_learns():
    """Does the stroke lie or stand, wherever it is? No single pixel knows."""
    manual_seed(1)
    labels, places = np.arange(128) % 2, np.random.default_rng(0).integers(0, 9, (128, 2))
    pictures = np.zeros((128, 1, 12, 12), np.float32)
    for picture, label, (i, j) in zip(pictures[:, 0], labels, places, strict=True):
        picture[i : i + 3, j] += label
        picture[i, j : j + 3] += 1 - label
    net = Sequential(Conv2d(1, 4, 3, padding=1), ReLU(), MaxPool2d(12), Flatten(), Linear(4, 2))
    losses = []
    for _ in range(60):
        loss = CrossEntropyLoss()(net(Tensor(pictures)), labels)
        net.zero_grad()
        loss.backward()
        for p in net.parameters():
            p.data -= 0.5 * p.grad.data
        losses.append(loss.item())
    check_true("60 steps bring the loss below a tenth", losses[-1] < 0.1 * losses[0], f"{losses[0]} to {losses[-1]}")


def test_gradients_of_a_whole_model():
    manual_seed(2)
    net, x = model(), np.random.default_rng(1).standard_normal((3, 1, 6, 6))
    layer = Sequential(Conv2d(1, 2, 3, stride=2, padding=1), MaxPool2d(2, 1), Flatten())
    check_gradients("a small CNN on x (3, 1, 6, 6)", layer, x)
    net(randn(3, 1, 9, 8)).sum().backward()
    there = [name for name, p in net.named_parameters() if p.grad is None or p.grad.shape != p.shape]
    check("the parameters of the whole model without a gradient", there, [])


def test_groups_strides_and_dilation_together():
    manual_seed(3)
    x, w, b = (randn(*shape) for shape in [(3, 4, 7, 6), (6, 2, 3, 3), (6,)])
    halves = [conv2d_explicit(x.data[:, i : i + 2], w.data[n : n + 3]) for i, n in [(0, 0), (2, 3)]]
    want = np.concatenate(halves, axis=1) + b.data[:, None, None]
    check('apply("conv2d", x, w, b, groups=2)', apply("conv2d", x, w, b, groups=2), Tensor(want))
    options = {"stride": (2, 1), "padding": (1, 2), "dilation": (1, 2), "groups": 2}
    function = lambda x, w, b: apply("conv2d", x, w, b, **options)  # noqa: E731 - used once
    call = f'apply("conv2d", x, w, b, **{options})'
    check_gradients(call, function, x.data[:2, :, :4, :4], w.data, b.data)
    check("MaxPool2d(2)(x) at one place", MaxPool2d(2)(x).data[2, 1, 0, 1], x.data[2, 1, :2, 2:4].max())


def test_nothing_is_computed_that_nobody_needs():
    layer, x = Conv2d(2, 3, 3), randn(1, 2, 5, 5)
    layer(x).sum().backward()
    check("the gradient of colours, which need none", x.grad, None)
    with no_grad():
        check("layer(x).requires_grad in no_grad()", layer(x).requires_grad, False)
    layer.weight.requires_grad = False
    layer.zero_grad()
    layer(x).sum().backward()
    check("the gradient of a weight that needs none", layer.weight.grad, None)
    check("the gradient of its bias, 3 x 3 places", layer.bias.grad, Tensor([9, 9, 9]))


def test_a_layer_is_one_operation_and_stays_float32():
    seen, net = [], model()
    observers.append(lambda name, inputs, arrays, attributes, result: seen.append((name, result.dtype)))
    try:
        net(zeros(2, 1, 9, 8))
    finally:
        observers.pop()
    single = np.dtype(np.float32)
    convolution = [("conv2d", single), ("batch_norm", single), ("relu", single)]
    linear = [(name, single) for name in ("permute", "matmul", "add")]
    rest = [("max_pool2d", single), *convolution, ("avg_pool2d", single), ("reshape", single), *linear]
    check("the operations seen", seen, [*convolution, *rest])


def test_types():
    layer, pool = Conv2d(1, 2, 2), MaxPool2d(2)
    ints = tensor(np.arange(16, dtype=np.uint8).reshape(1, 1, 4, 4))
    floats = Tensor(np.arange(16).reshape(1, 1, 4, 4))
    for call, function in [("Conv2d", layer), ("MaxPool2d", pool), ("AvgPool2d", AvgPool2d(2))]:
        check(f"{call} of bytes", function(ints), function(floats))
        check(f"{call} of an array of float64", function(floats.data.astype(np.float64)), function(floats))
    layer(ints).sum().backward()
    check("the gradient of the weight, from bytes", layer.weight.grad.data[0, 0], [[45, 54], [81, 90]])
    wide = tensor(floats.data, dtype=np.float64)
    for call, function in [("Conv2d", layer), ("MaxPool2d", pool), ("BatchNorm2d", BatchNorm2d(1))]:
        check(f"{call} of float64 stays", function(wide).dtype, np.dtype(np.float64))


def test_one_picture_and_none():
    x = randn(2, 3, 6, 6)
    for layer in (Conv2d(3, 4, 3), MaxPool2d(2), AvgPool2d(3)):
        one, batch = layer(x[0]), layer(x)
        check(f"{layer}(one picture)", one, batch[0].detach())
        check(f"{layer}(no pictures).shape", layer(zeros(0, 3, 6, 6)).shape, (0, *batch.shape[1:]))
    layer, nobody = Conv2d(3, 4, 3), Tensor(np.zeros((0, 3, 6, 6)), requires_grad=True)
    layer(nobody).sum().backward()
    check("the gradient of the weight, from no pictures", layer.weight.grad, zeros(4, 3, 3, 3))
    check("the gradient of no pictures", nobody.grad.shape, (0, 3, 6, 6))


def test_infinite_and_missing_numbers_stay_visible():
    x = np.zeros((1, 1, 4, 4), np.float32)
    x[0, 0, 0, 0], x[0, 0, 3, 3] = np.nan, np.inf
    for layer in (MaxPool2d(2), AvgPool2d(2)):
        got = layer(Tensor(x)).data[0, 0]
        check(f"{layer}(x), x with nan and inf in two corners", got, np.array([[np.nan, 0], [0, np.inf]], np.float32))
    lowest = Tensor(np.full((1, 1, 2, 2), -np.inf))
    check("MaxPool2d(2, padding=1) of minus infinity", MaxPool2d(2, padding=1)(lowest).data.max(), np.float32(-np.inf))


def test_inputs_are_left_alone():
    x = randn(2, 2, 5, 5)
    before = x.data.copy()
    for layer in (Conv2d(2, 2, 3, padding=1), MaxPool2d(1), MaxPool2d(2), AvgPool2d(1), BatchNorm2d(2), Flatten()):
        layer(x)
        check(f"x after {layer}(x)", x.data, before)
    one = MaxPool2d(1)(x)
    one.data[...] = 0
    check("x after the result of MaxPool2d(1) was overwritten", x.data, before)


def test_repeated_backward_passes_add_up():
    layer, x = Conv2d(2, 3, 2), randn(2, 2, 4, 4)
    layer(x).sum().backward()
    once = layer.weight.grad.data.copy()
    layer(x).sum().backward()
    check("the gradient after two backward passes", layer.weight.grad.data, 2 * once)


def test_checkpoints():
    manual_seed(4)
    layers, x = Sequential(Conv2d(2, 3, 3), ReLU(), MaxPool2d(2)), Tensor(randn(2, 2, 8, 8), requires_grad=True)
    layers(x).sum().backward()
    want, x.grad = x.grad, None
    checkpoint(layers, x).sum().backward()
    check("x.grad behind checkpoint(layers, x)", x.grad, want)


def test_batch_norm_keeps_a_signal_in_range():
    manual_seed(5)
    x = randn(16, 4, 6, 6)
    for _ in range(20):
        x = BatchNorm2d(8)(Conv2d(x.shape[1], 8, 3, padding=1)(x * 3)).detach()
    check("the mean square behind twenty convolutions", (x * x).mean(), np.float32(1), tolerance=0.01)


def test_batch_norm_learns_the_statistics_of_many_batches():
    layer = BatchNorm2d(1, momentum=0.5)
    rng = np.random.default_rng(6)
    for _ in range(40):
        layer(Tensor(rng.standard_normal((64, 1, 8, 8)) * 3 + 7))
    check("running_mean after 40 batches with mean 7", layer.running_mean, Tensor([7]), tolerance=0.02)
    check("running_var after 40 batches with variance 9", layer.running_var, Tensor([9]), tolerance=0.05)
    got = layer.eval()(Tensor([[[[7, 10]]]]))
    check("layer.eval()([7, 10])", got, Tensor([[[[0, 1]]]]), tolerance=0.05)


def test_in_use_batch_norm_has_gradients_too():
    layer = BatchNorm2d(2).eval()
    layer.running_mean.data[...], layer.running_var.data[...] = [1, -1], [4, 0.25]
    check_gradients("BatchNorm2d(2).eval()(x)", layer, np.random.default_rng(7).standard_normal((2, 2, 2, 3)))


@pytest.mark.parametrize(
    ("make", "error", "words"),
    [
        (lambda: Conv2d(3, 4, 0), ValueError, ["kernel_size", "0"]),
        (lambda: Conv2d(3, 4, 3, stride=0), ValueError, ["stride", "0"]),
        (lambda: Conv2d(3, 4, 3, padding=-1), ValueError, ["padding", "-1"]),
        (lambda: Conv2d(3, 4, 3, dilation=(1, 0)), ValueError, ["dilation", "(1, 0)"]),
        (lambda: Conv2d(3, 4, (1, 2, 3)), TypeError, ["kernel_size", "(1, 2, 3)"]),
        (lambda: Conv2d(3, 4, 2.5), TypeError, ["kernel_size", "2.5"]),
        (lambda: Conv2d(3, 4, 3, padding="same"), TypeError, ["padding", "same"]),
        (lambda: Conv2d(0, 4, 3), ValueError, ["in_channels", "0"]),
        (lambda: Conv2d(3, -4, 3), ValueError, ["out_channels", "-4"]),
        (lambda: Conv2d(3, 4, 3, groups=2), ValueError, ["2 groups", "3", "4"]),
        (lambda: Conv2d(4, 3, 3, groups=2), ValueError, ["2 groups", "4", "3"]),
        (lambda: Conv2d(4, 4, 3, groups=0), ValueError, ["groups", "0"]),
        (lambda: MaxPool2d(3, padding=2), ValueError, ["padding", "half", "(3, 3)"]),
        (lambda: AvgPool2d(2, padding=(0, 2)), ValueError, ["padding", "half"]),
        (lambda: MaxPool2d(0), ValueError, ["kernel_size", "0"]),
        (lambda: MaxPool2d(2, stride=0), ValueError, ["stride", "0"]),
        (lambda: BatchNorm2d(0), ValueError, ["num_features", "0"]),
        (lambda: BatchNorm2d("3"), TypeError, ["num_features"]),
    ],
)
def test_layers_that_cannot_be(make, error, words):
    check_raises("a layer that cannot be", make, error, *words)


@pytest.mark.parametrize(
    ("layer", "shape", "error", "words"),
    [
        (Conv2d(3, 4, 3), (2, 4, 8, 8), ValueError, ["3 channels", "has 4"]),
        (Conv2d(4, 4, 3, groups=2), (2, 2, 8, 8), ValueError, ["4 channels", "has 2"]),
        (Conv2d(3, 4, 3), (4, 8, 8), ValueError, ["3 channels", "has 4"]),
        (Conv2d(3, 4, 3), (3, 8), ValueError, ["(3, 8)"]),
        (Conv2d(3, 4, 3), (1, 2, 3, 8, 8), ValueError, ["(1, 2, 3, 8, 8)"]),
        (Conv2d(3, 4, 5), (2, 3, 8, 4), ValueError, ["5", "4"]),
        (Conv2d(3, 4, 3, dilation=4), (2, 3, 8, 8), ValueError, ["9", "8"]),
        (Conv2d(3, 4, 3), (2, 3, 0, 8), ValueError, ["3", "0"]),
        (MaxPool2d(4), (2, 3, 3, 8), ValueError, ["4", "3"]),
        (AvgPool2d(4), (2, 3, 8, 3), ValueError, ["4", "3"]),
        (MaxPool2d(2), (8, 8), ValueError, ["(8, 8)"]),
        (BatchNorm2d(3), (2, 4, 8, 8), ValueError, ["3", "(2, 4, 8, 8)"]),
        (BatchNorm2d(3), (3, 8, 8), ValueError, ["(3, 8, 8)"]),
        (BatchNorm2d(3), (1, 3, 1, 1), ValueError, ["1 value per channel", "(1, 3, 1, 1)"]),
        (BatchNorm2d(3), (0, 3, 4, 4), ValueError, ["1 value per channel"]),
        (Flatten(4), (2, 3, 4), IndexError, []),
        (Flatten(2, 1), (2, 3, 4), ValueError, ["start_dim 2"]),
    ],
)
def test_inputs_that_do_not_fit(layer, shape, error, words):
    check_raises(f"{layer}(x), x {shape}", lambda: layer(zeros(*shape)), error, *words)


def test_an_input_that_does_not_fit_changes_no_statistics():
    layer = BatchNorm2d(2)
    check_raises("BatchNorm2d(2)(one value)", lambda: layer(zeros(1, 2, 1, 1)), ValueError)
    check("running_var after it", layer.running_var, Tensor([1, 1]))
    check("num_batches_tracked after it", int(layer.num_batches_tracked), 0)


def test_im2col_refuses():
    check_raises("im2col(x, 3), x (3, 8)", lambda: im2col(zeros(3, 8), 3), ValueError, "(3, 8)")
    check_raises("im2col(x, 5), x (1, 1, 4, 4)", lambda: im2col(zeros(1, 1, 4, 4), 5), ValueError, "5", "4")


def test_the_receptive_field_is_what_a_gradient_reaches():
    layers = [Conv2d(1, 2, 3, stride=2), AvgPool2d((2, 3), stride=1), Conv2d(2, 2, (3, 2), dilation=(1, 2))]
    x = Tensor(randn(1, 1, 40, 40), requires_grad=True)
    Sequential(*layers)(x)[0, 0, 3, 4].backward()
    reached = x.grad.data[0, 0] != 0
    got = (int(reached.any(axis=1).sum()), int(reached.any(axis=0).sum()))
    check("receptive_field(*layers)", receptive_field(*layers), got)
    nested = Sequential(Sequential(*layers[:2]), ReLU(), layers[2])
    check("the same layers, nested", receptive_field(nested), got)
    check("receptive_field(ReLU())", receptive_field(ReLU()), (1, 1))


def test_a_convolution_keeps_no_columns():
    """The columns of this batch take 30 MB while they are multiplied, and nothing afterwards."""
    x, layer = zeros(128, 3, 32, 32), Conv2d(3, 32, 5)
    tracemalloc.start()
    try:
        out = layer(x)
        kept = tracemalloc.get_traced_memory()[0]
    finally:
        tracemalloc.stop()
    check_true("Conv2d(3, 32, 5) of 128 images leaves its result behind", kept < 1.1 * out.nbytes, f"{kept:,} bytes")


def test_what_layers_look_like():
    want = "Conv2d(3, 8, kernel_size=(3, 3), stride=(2, 2), padding=(1, 1), dilation=(1, 1), groups=1, bias=True)"
    check("repr(Conv2d(3, 8, 3, 2, 1))", repr(Conv2d(3, 8, 3, 2, 1)), want)
    check("repr(MaxPool2d(2))", repr(MaxPool2d(2)), "MaxPool2d(kernel_size=(2, 2), stride=(2, 2), padding=(0, 0))")


def test_the_same_seed_gives_the_same_model():
    states = []
    for _ in range(2):
        manual_seed(8)
        states.append(model().state_dict())
    for name, value in states[0].items():
        check(f"{name} after the same seed", states[1][name], value)
