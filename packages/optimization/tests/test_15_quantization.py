"""Quantized layers and models beside float64 and int64: grids, whole numbers, calibration, bytes, faults, bad input."""

import tracemalloc
from itertools import pairwise

import numpy as np
import pytest

import tinytorch._quantization as given
import tinytorch.quantization as quantization
from tinytorch.core.autograd import enable_autograd, no_grad
from tinytorch.core.tensor import Tensor, apply, kernels, manual_seed, observers, peak_memory, randn, rng, tensor
from tinytorch.nn import (
    BatchNorm2d,
    Conv2d,
    Embedding,
    Flatten,
    LearnedPositionalEncoding,
    Linear,
    MaxPool2d,
    Module,
    MultiHeadAttention,
    ReLU,
    Sequential,
    Transformer,
    padding_mask,
)
from tinytorch.quantization import (
    Calibrator,
    QuantizedConv2d,
    QuantizedLinear,
    Recipe,
    calibrated,
    dequantize,
    fold_batch_norm,
    held_bytes,
    integer_product,
    layer_errors,
    observing,
    pack,
    quantization_parameters,
    quantize,
    quantize_model,
    verified,
)
from tinytorch.testing import check, check_raises, check_true
from tinytorch.training import load, save

OWN = {"linear_int8", "conv2d_int8", "embedding_int8", "integer_linear", "integer_conv2d"}


def some(*shape, seed=0, size=1.0):
    return (np.random.default_rng(seed).standard_normal(shape) * size).astype(np.float32)


def mlp(*sizes):
    manual_seed(1)
    layers = [part for pair in pairwise(sizes) for part in (Linear(*pair), ReLU())]
    return Sequential(*layers[:-1])


def decoder(**options):
    manual_seed(2)
    return Transformer(vocab=40, d_model=16, n_heads=4, n_layers=2, max_len=12, **options).eval()


def near(call, got, want, share):
    error = given.relative_error(got.data, want.data)
    check_true(f"{call} is within {share:.0%} of the float model", error < share, f"the error is {error:.2%}")


# -- grids -------------------------------------------------------------------------------------------------------------


def test_two_thousand_grids():
    draws = np.random.default_rng(3)
    ends = draws.standard_normal((2000, 2)) * 10.0 ** draws.integers(-30, 30, (2000, 1))
    for low, high in np.sort(ends, axis=1):
        for symmetric in (False, True):
            call = f"quantization_parameters({low:.4g}, {high:.4g}, symmetric={symmetric})"
            scale, zero = quantization_parameters(low, high, symmetric)
            x = np.linspace(min(low, 0), max(high, 0), 9)
            q = quantize(x, scale, zero)
            off = np.abs(dequantize(q, scale, zero) - x).max()
            check_true(f"{call}: no number moves by more than half a step", off <= scale * 0.5005, f"{off} of {scale}")
            check_true(f"{call}: larger numbers do not become smaller", bool((np.diff(q.astype(int)) >= 0).all()))
            nothing = dequantize(quantize(np.zeros(1), scale, zero), scale, zero)
            check(f"{call}: 0 comes back as 0", float(nothing[0]), 0.0)


def test_the_whole_range_of_bytes_is_used():
    for low, high in [(-1.0, 3.0), (0.0, 7.0), (-5.0, 0.0), (-2e-9, 1e-9)]:
        scale, zero = quantization_parameters(low, high)
        check(f"the ends of {low} ... {high}", quantize(np.array([low, high]), scale, zero).tolist(), [-128, 127])
        scale, zero = quantization_parameters(low, high, symmetric=True)
        largest = int(np.abs(quantize(np.array([low, high]), scale, zero).astype(int)).max())
        check(f"the largest byte of {low} ... {high}, symmetric", largest, 127)


def test_what_is_outside_goes_to_an_end():
    x = np.array([-np.inf, -3e38, 3e38, np.inf], np.float32)
    for dtype, ends in [(np.int8, (-128, 127)), (np.uint8, (0, 255)), (np.int16, (-32768, 32767))]:
        got = quantize(x, 1e-6, 3, dtype)
        check(f"quantize({x.tolist()}, 1e-6, 3, {dtype.__name__})", got.tolist(), [ends[0]] * 2 + [ends[1]] * 2)
        check("its type", got.dtype, np.dtype(dtype))
    got = quantize(np.array([-1e12, 1e12, 5], np.float32), 1, 0, np.int32)
    check("quantize([-1e12, 1e12, 5], 1, 0, np.int32)", got.tolist(), [-(2**31), 2**31 - 1, 5])
    check_raises("quantize(x, 1, 0, np.int64)", lambda: quantize(x, 1, 0, np.int64), ValueError, "32 bits", "int64")


def test_types_and_shapes_of_grids():
    x = some(2, 3, 4)
    for values in (x, x.astype(np.float64), Tensor(x), x.tolist(), np.zeros((0, 3)), tensor([[1, 2]])):
        shape = np.shape(values)
        q = quantize(values, 0.1, 0)
        check(f"the shape of quantize of shape {shape}", q.shape, shape)
        check("the type of dequantize", dequantize(q, 0.1, 0).dtype, np.dtype(np.float32))
        check("the same with np.float64 scales", dequantize(q, np.float64(0.1), 0).dtype, np.dtype(np.float32))


def test_ranges_that_are_none():
    for low, high in [(np.nan, 1), (0, np.inf), (-np.inf, 0), (2, 1), ([0, 3], [1, 2]), (-1e300, 1e300)]:
        call = f"quantization_parameters({low}, {high})"
        check_raises(call, lambda a=low, b=high: quantization_parameters(a, b), ValueError, "range")
    check("the scale of a range of one number", float(quantization_parameters(2.55, 2.55)[0]), 0.01)
    check_raises("quantize of nan (2, 2)", lambda: quantize(np.full((2, 2), np.nan), 1, 0), ValueError, "(2, 2)", "4")
    for bad in (0, np.nan, -1.0, np.inf, [1, 0]):
        call = f"quantize([1, 2], {bad}, 0)"
        check_raises(call, lambda b=bad: quantize([1.0, 2.0], b, 0), ValueError, "(2,)", "a scale", "above 0")


def test_arrays_that_are_hard_to_pack():
    for name, x in [
        ("zeros", np.zeros((3, 4), np.float32)),
        ("one number", np.full((1, 1), -7.0, np.float32)),
        ("numbers near the smallest", np.array([[1e-45, -1e-40], [1e-38, 0]], np.float32)),
        ("numbers near the largest", np.array([[3.3e38, -3.3e38], [1, 0]], np.float32)),
        ("one sign only", np.array([[5, 6, 7]], np.float32)),
    ]:
        for each in (False, True):
            for symmetric in (False, True):
                packed = pack(x, each, symmetric)
                step = np.maximum(np.reshape(packed.scale, (-1, 1)), 1e-37).astype(np.float64)
                off = np.abs(packed.numbers().astype(np.float64) - x) / step
                call = f"pack({name}, per_channel={each}, symmetric={symmetric})"
                check_true(f"{call}: half a step at most", bool((off <= 0.501).all()), f"{off.max():.3f} steps")
    for shape in ((), (0, 3), (2, 0)):
        check_raises(f"pack of shape {shape}", lambda s=shape: pack(np.zeros(s)), ValueError, str(shape))
    for bad in (np.nan, np.inf):
        check_raises(f"pack of {bad}", lambda b=bad: pack(np.array([[1, b]])), ValueError, "range")


# -- whole numbers -----------------------------------------------------------------------------------------------------


def test_integer_product_against_int64():
    draws = np.random.default_rng(4)
    for _ in range(150):
        n, m, k = (int(draws.integers(1, limit)) for limit in (6, 40, 2500))
        a, b = (draws.choice([-128, -127, -1, 0, 1, 127], (rows, k)).astype(np.int8) for rows in (n, m))
        want = a.astype(np.int64) @ b.astype(np.int64).T
        got = integer_product(a, b)
        check(f"integer_product(({n}, {k}), ({m}, {k}))", got.astype(np.int64), want)
        check("its type", got.dtype, np.dtype(np.int32))


@pytest.mark.parametrize("terms", [1023, 1024, 1025, 70_000, 131_071])
def test_integer_product_of_the_worst_numbers(terms):
    for left, right in [(-128, -128), (-128, 127), (127, 127)]:
        a, b = np.full((1, terms), left, np.int8), np.full((1, terms), right, np.int8)
        b[0, 0] = 1  # a sum that no coarser grid has
        want = left * right * (terms - 1) + left
        check(f"integer_product of {terms:,} times {left} and {right}", integer_product(a, b).tolist(), [[want]])


def test_integer_linear_of_the_worst_numbers():
    """(q - z) p may reach 255 * 127: with so many terms more than int32 holds."""
    x, weight = np.full((1, 100_000), 2.55, np.float32), np.full((1, 100_000), 127, np.int8)
    grid = {"input_scale": np.float32(0.01), "input_zero_point": np.int8(-128)}
    got = apply("integer_linear", x, weight, np.float32(1 / 127), **grid)
    check("integer_linear of 100,000 times 2.55, weights 1", got.item() / 255_000, 1.0, tolerance=1e-5)


def test_integer_product_refuses():
    a = np.ones((1, 2**17), np.int8)
    check_raises("integer_product of 131,072 terms", lambda: integer_product(a, a), ValueError, "131,072")
    for x in (np.ones((2, 2)), np.ones((2, 2), np.uint8), np.ones((2, 2), np.int32)):
        check_raises(f"integer_product of {x.dtype}", lambda x=x: integer_product(x, x), TypeError, str(x.dtype))
    check("integer_product of three ones and three ones", integer_product(a[:, :3], a[:, :3]).tolist(), [[3]])
    check_raises("integer_product((2,), (2,))", lambda: integer_product(a[0, :2], a[0, :2]), ValueError, "(2,)")


# -- layers ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("per_channel", [None, True, False])
@pytest.mark.parametrize("sizes", [(5, 3), (1, 1), (784, 10), (1030, 70)], ids=str)
def test_linear_layers(sizes, per_channel):
    manual_seed(3)
    for layer in (Linear(*sizes), Linear(*sizes, bias=False)):
        x = randn(7, sizes[0])
        recipes = Recipe(per_channel), Recipe(per_channel, calibrated(layer, [x]))
        for recipe, share in zip(recipes, (0.02, 0.03), strict=True):
            quantized = QuantizedLinear(layer, recipe)
            with verified():
                near(f"{quantized!r}(x), x {x.shape}", quantized(x), layer(x), share)
                check("the shape for (2, 3, in)", quantized(randn(2, 3, sizes[0])).shape, (2, 3, sizes[1]))
                check("the shape for (in,)", quantized(randn(sizes[0])).shape, (sizes[1],))
                check("the shape for (0, in)", quantized(randn(0, sizes[0])).shape, (0, sizes[1]))
            call = f"{quantized!r}(x), x (2, {sizes[0] + 1})"
            wrong = randn(2, sizes[0] + 1)
            words = str(sizes[0]), str(wrong.shape)
            check_raises(call, lambda q=quantized, w=wrong: q(w), ValueError, *words)


@pytest.mark.parametrize(
    "options",
    [{}, {"padding": 1}, {"stride": (2, 1), "padding": (0, 2)}, {"groups": 2}, {"dilation": 2, "bias": False}],
    ids=str,
)
def test_convolutions(options):
    manual_seed(4)
    layer, x = Conv2d(4, 6, (3, 2), **options), randn(3, 4, 9, 8) + 0.5
    for recipe, share in [(Recipe(), 0.02), (Recipe(False), 0.02), (Recipe(None, calibrated(layer, [x])), 0.03)]:
        quantized = QuantizedConv2d(layer, recipe)
        with verified():
            near(f"{quantized!r}(x), Conv2d(4, 6, (3, 2), **{options})", quantized(x), layer(x), share)
            near("the same for one picture (4, 9, 8)", quantized(x[0]), layer(x[0]), share)
    check_raises("5 channels for 4", lambda: quantized(randn(1, 5, 9, 8)), ValueError, "5")


def test_padding_is_exactly_zero():
    layer = Conv2d(1, 1, 3, padding=2, bias=False)
    layer.weight.data[...] = 1
    low = Tensor(np.full((1, 1, 4, 4), 3.0))  # the zero point is -128, far from the byte of 3
    quantized = QuantizedConv2d(layer, Recipe(calibrator=calibrated(layer, [low])))
    got = quantized(low).data[0, 0]
    check("a convolution of 3s, padding 2: its corner sees one 3", got[0, 0], np.float32(3), 1e-4)
    check("and the middle nine", got[3, 3], np.float32(27), 1e-4)


def test_long_sums_in_a_convolution():
    manual_seed(5)
    layer, x = Conv2d(200, 3, 3), randn(1, 200, 4, 4)  # 1,800 products: more than float32 holds exactly
    with verified():
        got = QuantizedConv2d(layer, Recipe(calibrator=calibrated(layer, [x])))(x)
    near("QuantizedConv2d of 1,800 products", got, layer(x), 0.03)


def test_tables():
    manual_seed(6)
    for layer in (Embedding(30, 8), Embedding(300, 64), Embedding(300, 300)):
        quantized, ids = quantize_model(layer), [[0, 29, 5], [5, 5, 1]]
        with verified():
            for given_ids in (ids, np.array(ids), tensor(ids), Tensor(ids)):
                near(f"{quantized!r}(ids)", quantized(given_ids), layer(ids), 0.02)
        for bad in ([len(layer.weight.data)], [-1], [0.5]):
            check_raises(f"{quantized!r}({bad})", lambda q=quantized, b=bad: q(b), ValueError, bad[0])


def test_a_few_rows_of_a_large_table():
    table, ids = quantize_model(Embedding(20_000, 16)), np.array([3, 19_999])
    peak = peak_memory(lambda: table(ids))
    check_true("a few rows of a large table: it is not made wide for them", peak < 100_000, f"{peak:,} bytes")


def test_positions():
    manual_seed(7)
    layer, x = LearnedPositionalEncoding(6, max_len=5), randn(2, 4, 6)
    quantized = quantize_model(layer)
    for positions in (None, [4, 0, 1, 1], np.array([[0, 1, 2, 3], [0, 0, 0, 1]])):
        near("quantized positions", quantized(x, positions) - x, layer(x, positions) - x, 0.02)
    check_raises("6 positions of 5", lambda: quantized(randn(1, 6, 6)), ValueError, "6", "max_len=5")
    check_raises("position 5 of 5", lambda: quantized(x, [0, 1, 2, 5]), ValueError, "5")


def test_attention_with_masks():
    manual_seed(8)
    layer, x = MultiHeadAttention(24, 3), randn(2, 5, 24)
    quantized = quantize_model(layer)
    for mask in (None, np.tri(5, dtype=bool), padding_mask([5, 2])):
        with verified():
            near("quantized attention", quantized(x, mask), layer(x, mask), 0.03)
    check("the shapes of its heads", [t.shape for t in quantized.heads(x)], [(2, 3, 5, 8)] * 3)


def test_there_are_no_gradients():
    quantized = quantize_model(mlp(4, 3))
    x = Tensor([[1.0, 2.0, 3.0, 4.0]], requires_grad=True)
    check_raises("a quantized layer on what requires a gradient", lambda: quantized(x), RuntimeError, "linear_int8")
    with no_grad():
        check("the same under no_grad", quantized(x).shape, (1, 3))


def test_wide_inputs_stay_wide():
    layer = quantize_model(Linear(3, 2))
    x = tensor(np.ones((1, 3)), dtype=np.float64)
    check("the type for float64", layer(x).dtype, np.dtype(np.float64))
    check("the type for float32", layer(Tensor(np.ones((1, 3)))).dtype, np.dtype(np.float32))


# -- calibration -------------------------------------------------------------------------------------------------------


def test_calibrators_nest_and_do_not_meet():
    one, two = mlp(3, 4, 2), mlp(3, 4, 2)
    before = list(observers)
    with observing(Calibrator(one)) as first, observing(Calibrator(two)) as second:
        one(Tensor([[1.0, -2.0, 3.0]]))
        two(Tensor([[10.0, 0.0, 0.0]]))
    check("what went into the first model", first.ranges["0.weight"], (-2.0, 3.0))
    check("what went into the second", second.ranges["0.weight"], (0.0, 10.0))
    check_true("the observers are those of before", observers == before)
    with observing(first):
        one(Tensor([[-9.0, 0.0, 0.0]]))
    check("a calibrator that goes on", first.ranges["0.weight"], (-9.0, 3.0))


def test_layers_without_work_stay_weight_only():
    class Two(Module):
        def __init__(self):
            self.used, self.unused = Linear(3, 2), Linear(3, 2)

        def forward(self, x):
            return self.used(x)

    quantized = quantize_model(Two(), calibration=[Tensor([[1.0, 2.0, 3.0]])])
    got = [layer.input_scale is not None for layer in (quantized.used, quantized.unused)]
    check("which layers have a grid for their inputs", got, [True, False])
    check("the unused one works", quantized.unused(Tensor([[1.0, 2.0, 3.0]])).shape, (1, 2))


def test_sums_that_do_not_fit_stay_weight_only():
    for terms, fits in [(2**17 - 1, True), (2**17, False)]:
        layer, x = Linear(terms, 1, bias=False), Tensor(np.ones((1, terms), np.float32))
        quantized = quantize_model(layer, calibration=[x])
        check(f"whether {terms:,} inputs become bytes", quantized.input_scale is not None, fits)
        near("quantized(x)", quantized(x), layer(x), 0.05)


def test_a_calibrator_has_a_name_as_other_observers_have():
    model, x = mlp(3, 2), Tensor([[1.0, 2.0, 3.0]])
    with observing(Calibrator(model)) as calibrator:
        enable_autograd()
        model(x)
    check("the ranges when gradients were switched on at the door too", calibrator.ranges, {"0.weight": (1.0, 3.0)})


def test_calibration_that_makes_no_sense():
    check_raises("calibration=[]", lambda: quantize_model(mlp(3, 2), calibration=[]), ValueError, "batches")
    check_raises("a model without layers", lambda: quantize_model(Flatten(), calibration=[randn(2, 3)]), ValueError)
    wrong = [randn(2, 5)]
    check_raises("batches that do not fit", lambda: quantize_model(mlp(3, 2), wrong), ValueError, "(2, 5)")
    nan = [Tensor([[np.nan, 1.0, 2.0]])]
    check_raises("batches with nan", lambda: quantize_model(mlp(3, 2), nan), ValueError, "0.weight", "nan")
    check("batches that fit", quantize_model(mlp(3, 2), [randn(4, 3)])(randn(5, 3)).shape, (5, 2))


def test_weights_that_are_no_numbers():
    for bad in (np.nan, np.inf):
        model = mlp(3, 4, 2)
        model[2].weight.data[1, 1] = bad
        check_raises(f"a weight with {bad}", lambda m=model: quantize_model(m), ValueError, "(2, 4)", "nan or inf")


def test_inputs_outside_of_what_was_observed():
    layer = Linear(1, 1, bias=False)
    layer.weight.data[...] = 1
    quantized = quantize_model(layer, calibration=[Tensor([[-1.0], [1.0]])])
    got = quantized(Tensor([[100.0], [-100.0], [0.5]])).data[:, 0]
    check("inputs of 100, -100 and 0.5, observed were -1 ... 1", got, np.array([1, -1, 0.5], np.float32), 0.01)


# -- models ------------------------------------------------------------------------------------------------------------


def test_the_model_itself_stays_as_it_is():
    manual_seed(9)
    model = Sequential(Conv2d(1, 4, 3), BatchNorm2d(4), ReLU(), Flatten(), Linear(4 * 36, 5)).train()
    before = {name: t.data.copy() for name, t in model.state_dict().items()}
    state, kept = rng.bit_generator.state, list(kernels)
    quantized = quantize_model(model, calibration=[randn(2, 1, 8, 8)])
    check_true("the copy is in eval mode, the model still in training", model.training and not quantized.training)
    check_true("quantizing does nothing to the table of kernels", list(kernels) == kept)
    for name, t in model.state_dict().items():
        check(f"{name} afterwards", t.data, before[name])
    manual_seed(9)
    rng.bit_generator.state = state
    want = rng.random()
    rng.bit_generator.state = state
    quantize_model(model)
    check("the next number of the shared generator", rng.random(), want)
    theirs = [t.data for t in model.state_dict().values()]
    shared = [name for name, t in quantized.named_tensors() if any(np.shares_memory(t.data, a) for a in theirs)]
    check("tensors that the copy shares with the model", shared, [])


def test_parts_of_every_kind():
    class Louder(Linear):
        def forward(self, x):
            return super().forward(x) * 10

    class Mixed(Module):
        def __init__(self):
            self.blocks = [Linear(4, 4), [1, 2], Louder(4, 4)]
            self.again = self.blocks[0]
            self.bend, self.note = (lambda x: x * 1), {"kept": True}

        def forward(self, x):
            return self.again(self.blocks[2](self.bend(self.blocks[0](x))))

    manual_seed(10)
    model, x = Mixed(), randn(3, 4)
    quantized = quantize_model(model)
    near("a model with lists, functions and a layer used twice", quantized(x), model(x), 0.05)
    check_true("a layer that is used twice is one layer of bytes", quantized.again is quantized.blocks[0])
    check_true("a subclass with a forward of its own is left as it is", type(quantized.blocks[2]) is Louder)
    check("the rest", (quantized.note, quantized.blocks[1]), ({"kept": True}, [1, 2]))
    check_raises("quantize_model of a list", lambda: quantize_model([model]), TypeError, "Module")


def test_quantizing_twice_is_quantizing_once():
    model, x = decoder(), [[1, 2, 39]]
    once = quantize_model(model, calibration=[x])
    check("quantize_model(quantize_model(model))(x)", quantize_model(once)(x), once(x))


TEXTS = [[1, 2, 3, 39, 5], [0, 0, 7, 8, 9]]


@pytest.mark.parametrize("options", [{}, {"per_channel": False}, {"calibration": [TEXTS]}], ids=str)
def test_decoders(options):
    model, ids = decoder(dropout=0.1), TEXTS
    quantized = quantize_model(model, **options)
    with verified():
        near(f"a decoder, {options}", quantized(ids), model(ids), 0.06)
        mask = padding_mask([5, 3])
        near("with padding", quantized(ids, mask=mask), model(ids, mask=mask), 0.06)
        check("the loss", float(quantized(ids, ids)), float(model(ids, ids)), 0.05)
        written = quantized.generate([1, 2], 4, temperature=0)
    check("the shape of what it writes", written.shape, (6,))
    check_raises("a text that is too long", lambda: quantized([[1] * 13]), ValueError, "13")


def test_folding():
    manual_seed(11)
    norm = BatchNorm2d(4)
    norm.weight.data[...], norm.running_var.data[...] = [1, 2, 0.5, 3], [1, 0.5, 2, 1]
    second = Conv2d(4, 4, 3, groups=2, bias=False)
    inner = Sequential(Conv2d(2, 4, 3), MaxPool2d(2), norm, ReLU(), second, BatchNorm2d(4))
    model, x = Sequential(inner, BatchNorm2d(4), ReLU(), Flatten()).train(), randn(3, 2, 12, 12)
    model(x * 3 + 1)
    got = fold_batch_norm(model)
    model.eval()
    check("fold_batch_norm(model)(x), norms in a Sequential in a Sequential", got(x), model(x).detach(), 1e-4)
    left = [part for _, part in got.named_modules() if type(part) is BatchNorm2d]
    check("norms left: the one behind a Sequential", len(left), 1)


def test_a_convolution_with_two_norms_is_not_folded():
    conv, one, two = Conv2d(1, 2, 3), BatchNorm2d(2), BatchNorm2d(2)
    two.weight.data[...] = 5
    model, x = Sequential(Sequential(conv, one), Flatten(), Linear(72, 72)), randn(2, 1, 8, 8)
    model.more = Sequential(conv, two)
    model.eval().forward = lambda x: model[0](x) + model.more(x)
    got = fold_batch_norm(model)
    check("the first norm stays", got[0](x), model[0](x).detach())
    got = fold_batch_norm(Sequential(conv, two))
    check("but on its own it is folded", type(got[1]) is given.Identity, True)


# -- bytes -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("per_channel", [None, True, False])
def test_bytes_in_the_file_and_in_memory(per_channel, tmp_path):
    def stored(model):
        save(model.state_dict(), tmp_path / "model.safetensors")
        return (tmp_path / "model.safetensors").stat().st_size

    tracemalloc.start()
    model = mlp(784, 128, 10)
    before, file = given.numpy_bytes(), stored(model)
    model = quantize_model(model, per_channel=per_channel)
    after = given.numpy_bytes()
    tracemalloc.stop()
    check_true("NumPy holds 3.8 times fewer bytes", before >= 3.8 * after, f"{before:,} and {after:,} bytes")
    check_true("held_bytes says how many", abs(held_bytes(model) - after) < 200, f"{held_bytes(model):,} of {after:,}")
    smaller = file / stored(model)
    check_true("the file is 3.8 times smaller", smaller >= 3.8, f"{smaller:.2f} times")


def test_a_file_gives_the_same_model(tmp_path):
    manual_seed(12)
    make = lambda: Sequential(Conv2d(1, 4, 3), BatchNorm2d(4), ReLU(), Flatten(), Linear(4 * 36, 5))  # noqa: E731
    x = randn(2, 1, 8, 8)
    quantized = quantize_model(make(), calibration=[x])
    save(quantized.state_dict(), tmp_path / "model.safetensors")
    state = load(tmp_path / "model.safetensors")
    check("the type in the file", str(state["4.weight"].dtype), "int8")
    again = quantize_model(make(), calibration=[x * 9])
    again.load_state_dict(state)
    check("the model that was read back", again(x), quantized(x), 0)
    missing = {name: t for name, t in state.items() if name != "4.weight_scale"}
    check_raises("a file without scales", lambda: again.load_state_dict(missing), RuntimeError, "4.weight_scale")


def test_a_layer_at_work_needs_little_more():
    layer = quantize_model(Linear(1024, 1024))
    x = randn(1, 1024)
    peak = peak_memory(lambda: layer(x))
    check_true("one row through 1,024 by 1,024 weights: no wide copy of them", peak < 500_000, f"{peak:,} bytes")


def test_rows_decide_on_scales():
    for shape, want in [((1000, 255), ()), ((1000, 256), (1000,)), ((16, 9), (16,)), ((100, 1000), (100,))]:
        layer = QuantizedLinear(Linear(*reversed(shape)))
        check(f"the shape of the scales of a weight {shape}", layer.weight_scale.shape, want)


# -- faults ------------------------------------------------------------------------------------------------------------

FAULTY = {
    "cut off instead of rounded": lambda x, s, z, d=np.int8: np.clip(np.trunc(x / s) + z, -128, 127).astype(d),
    "wrapped round": lambda x, s, z, d=np.int8: (np.rint(x / s) * 2 + z).astype(np.int64).astype(d),
    "upside down": lambda x, s, z, d=np.int8: np.clip(np.rint(-x / s) + z, -127, 127).astype(d),
    "shifted": lambda x, s, z, d=np.int8: np.clip(np.rint(x / s) + z + 1, -128, 127).astype(d),
    "of another type": lambda x, s, z, d=np.int8: np.clip(np.rint(x / s) + z, -128, 127).astype(np.int16),
    "at work in its input": lambda x, s, z, d=np.int8: np.rint(np.divide(x, s, out=x)).astype(d),
    "clipping its input": lambda x, s, z, d=np.int8: np.rint(np.clip(x, -0.01, 0.01, out=x) / s).astype(d),
}


@pytest.mark.parametrize("fault", FAULTY)
def test_a_faulty_quantizer_is_refused(fault, monkeypatch):
    model, before = mlp(30, 20, 5), dict(kernels)
    check("a right one is not", quantize_model(model)(randn(2, 30)).shape, (2, 5))
    monkeypatch.setattr(quantization, "quantize", FAULTY[fault])
    for per_channel in (True, False):
        call = f"quantize_model with a quantize that is {fault}"
        refused = lambda p=per_channel: quantize_model(model, per_channel=p)  # noqa: E731 - used once
        check_raises(call, refused, ValueError, "quantize", "(20, 30)")
    check_true("the float model computes as before", kernels == before)


@pytest.mark.parametrize("fault", ["at work in its input", "clipping its input"])
def test_a_faulty_quantizer_does_not_reach_the_layer(fault, monkeypatch):
    layer = Linear(4, 3)
    before = layer.weight.data.copy()
    monkeypatch.setattr(quantization, "quantize", FAULTY[fault])
    check_raises(f"a quantize {fault}", lambda: QuantizedLinear(layer), ValueError, "(3, 4)", "changes its input")
    check("the weight of the float layer", layer.weight.data, before)


def test_a_faulty_fold_does_not_reach_the_model(monkeypatch):
    def changing(conv, norm):
        conv.weight.data *= 2
        norm.running_mean.data += 1
        return conv

    model = Sequential(Conv2d(1, 2, 3), BatchNorm2d(2)).eval()
    before = {name: t.data.copy() for name, t in model.state_dict().items()}
    monkeypatch.setattr(quantization, "folded", changing)
    quantize_model(model)
    for name, t in model.state_dict().items():
        check(f"{name} after a fold that changes what it gets", t.data, before[name])


def test_grids_that_are_too_coarse_are_refused(monkeypatch):
    def grids(factor, shift):
        def faulty(low, high, symmetric=False):
            scale, zero = right(low, high, symmetric)
            return np.float32(scale * factor), zero if symmetric else np.int8(zero + shift)

        return faulty

    right, model, x = quantization_parameters, mlp(30, 20, 5), [randn(8, 30)]
    for factor, per_channel in [(127, True), (127, False), (2, True), (2, False)]:
        monkeypatch.setattr(quantization, "quantization_parameters", grids(factor, 0))
        call, refused = f"scales {factor} times too large", lambda p=per_channel: quantize_model(model, per_channel=p)
        check_raises(call, refused, ValueError, "quantize", "(20, 30)", "half a step")
    for factor, shift in [(255, 0), (1.02, 0), (0.98, 0), (1, 2), (np.nan, 0)]:
        of_inputs = grids(factor, shift)
        pick = lambda low, high, symmetric=False, g=of_inputs: (right if symmetric else g)(low, high, symmetric)  # noqa: E731
        monkeypatch.setattr(quantization, "quantization_parameters", pick)
        call = f"the scale of inputs {factor} times as large, their zero point {shift} further on"
        check_raises(call, lambda: quantize_model(model, x), ValueError, "quantization_parameters", "(20, 30)")
    monkeypatch.setattr(quantization, "pack", lambda x, each, symmetric: pack(x, False, symmetric))
    monkeypatch.setattr(quantization, "quantization_parameters", right)
    check_raises("one grid for all rows", lambda: quantize_model(model), ValueError, "(20, 30)", "(20,)")


@pytest.mark.parametrize("name", sorted(OWN))
def test_a_faulty_operation_is_named(name, monkeypatch):
    manual_seed(13)
    layers = {"linear": (Linear(6, 4), randn(5, 6)), "conv2d": (Conv2d(2, 3, 3), randn(2, 2, 5, 5))}
    layer, x = layers.get(name.removeprefix("integer_").removesuffix("_int8"), (Embedding(9, 4), [[3, 8]]))
    quantized = quantize_model(layer, calibration=[x] if name.startswith("integer") else None)
    shape = str(quantized.weight.shape)
    with verified():
        want = quantized(x)
    right = kernels[name]
    for told, wrong in [
        ("one number", lambda out: np.where(np.arange(out.size).reshape(out.shape) == out.size - 1, out + 0.5, out)),
        ("nan", lambda out: out * np.nan),
        ("transposed", lambda out: np.swapaxes(out, 0, -1)),
        ("whole numbers", lambda out: np.rint(out).astype(np.int32)),
    ]:
        monkeypatch.setitem(kernels, name, lambda *a, w=wrong, **k: w(right(*a, **k)))
        before = list(observers)
        with pytest.raises(AssertionError) as error, verified():
            quantized(x)
        said = name in str(error.value) and shape in str(error.value)
        check_true(f"{told}: the message names {name} and {shape}", said, str(error.value))
        check_true("and the observers are those of before", observers == before)
    monkeypatch.setitem(kernels, name, right)
    check("the right operation again", quantized(x), want)


def test_the_operations_of_other_modules_are_left_alone():
    used = set()
    with observing(lambda name, *rest: used.add(name)):
        quantize_model(decoder(), calibration=[[[1, 2]]])([[1, 2]])
    places = {name: getattr(function, "__module__", "") for name, function in kernels.items()}  # an old ufunc has none
    own = {name for name, place in places.items() if place == "tinytorch.quantization"}
    check("the operations that this module has entered", sorted(own), sorted(OWN))
    check_true("a quantized decoder uses them", {"integer_linear", "embedding_int8"} <= used, str(used))


# -- errors from layer to layer ----------------------------------------------------------------------------------------


def test_errors_of_a_deep_model():
    model, x = mlp(*[64] * 9), randn(200, 64)
    for layer in list(model)[::2]:  # a signal that keeps its size
        layer.weight.data[...], layer.bias.data[...] = randn(64, 64).data * (2 / 64) ** 0.5, 0
    errors = [e for e in layer_errors(model, quantize_model(model), x) if e.operation == "linear_int8"]
    check("one error for each layer", len(errors), 8)
    check("nothing came before the first layer", errors[0].total, errors[0].own)
    check_true("in the last layer more has come together than it adds", errors[-1].total > 1.3 * errors[-1].own)
    check_true("every layer adds something, and little", all(0 < e.own < 0.02 for e in errors), str(errors))


def test_errors_of_models_with_norms_and_tables():
    model, ids = decoder(), [[1, 2, 3, 4]]
    found = layer_errors(model, quantize_model(model, calibration=[ids]), ids)
    check("operations of a decoder that were quantized", sum(e.own > 0 for e in found), 11)
    check_true("tables first", [e.operation for e in found[:2]] == ["embedding_int8"] * 2, str(found[:2]))
    check("the own error of a table is its total", found[0].own, found[0].total)
    cnn, x = Sequential(Conv2d(1, 4, 3), BatchNorm2d(4), ReLU()), randn(2, 1, 8, 8)
    errors = layer_errors(cnn, quantize_model(cnn), x)
    check("operations of a CNN whose norm is folded", [e.operation for e in errors], ["conv2d_int8", "relu"])
    check_raises("models that differ", lambda: layer_errors(cnn, quantize_model(mlp(3, 2)), x), ValueError)


def test_a_scale_for_each_row_helps_where_rows_differ():
    model, x = mlp(100, 50), randn(300, 100)
    model[0].weight.data *= np.logspace(-2, 0, 50, dtype=np.float32)[:, None]
    one, each = (layer_errors(model, quantize_model(model, per_channel=c), x)[0] for c in (False, True))
    check_true("where rows differ 100 times in size", each.own < one.own, f"{each.own:.3%} and {one.own:.3%}")
    rows = [quantize_model(model, per_channel=c)(x).data - model(x).data for c in (False, True)]
    small = [float(np.abs(r[:, 0]).mean()) for r in rows]
    check_true("the smallest row is off 20 times less", small[1] < small[0] / 20, f"{small}")


def test_digits_are_read_as_before():
    from tinytorch.datasets import TinyDigits
    from tinytorch.nn import CrossEntropyLoss
    from tinytorch.optim import Adam
    from tinytorch.training import Trainer

    train, unseen = TinyDigits(train=True), TinyDigits(train=False)
    x, new = (Tensor(part.images).reshape(-1, 784) / 255 for part in (train, unseen))
    model = mlp(784, 64, 10)
    trainer = Trainer(model, Adam(model.parameters(), lr=3e-3), CrossEntropyLoss())
    trainer.fit(x, train.labels, epochs=2)
    right = lambda model: float((model(new).argmax(dim=1).numpy() == unseen.labels).mean())  # noqa: E731
    before = right(model)
    check_true("the network has learned", before > 0.85, f"{before:.1%}")
    for options in ({}, {"per_channel": False}, {"calibration": [x[:200]]}):
        with verified():
            now = right(quantize_model(model, **options))
        check_true(f"at most 1 point is lost, {options.keys()}", now >= before - 0.01, f"{now:.1%} after {before:.1%}")


def test_operations_say_which_shapes_do_not_fit():
    weight, scale = np.ones((4, 3), np.int8), np.ones(4, np.float32)
    grid = {"input_scale": np.float32(1), "input_zero_point": np.int8(0)}
    for name, options in [("linear_int8", {}), ("integer_linear", grid)]:
        check("one that fits", apply(name, np.ones((2, 3)), weight, scale, **options).shape, (2, 4))
        wrong = lambda n=name, o=options: apply(n, np.ones((2, 5)), weight, scale, **o)  # noqa: E731
        check_raises(f"{name} of (2, 5) and (4, 3)", wrong, ValueError, name, "(2, 5)", "(4, 3)")
