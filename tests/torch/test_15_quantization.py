"""Grids, bytes and products of whole numbers are PyTorch's; a file of int8 is read by its safetensors."""

import numpy as np
import torch
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal
from safetensors.torch import load_file

from tinytorch import Tensor, nn
from tinytorch.quantization import (
    QuantizedConv2d,
    QuantizedLinear,
    Recipe,
    calibrated,
    dequantize,
    integer_product,
    pack,
    quantization_parameters,
    quantize,
    quantize_model,
)
from tinytorch.training import save

seeds = st.integers(0, 9999)


def draws(seed, *shape, size=1.0):
    return (np.random.default_rng(seed).standard_normal(shape) * size).astype(np.float32)


def nearly(got, want, step):
    """The same numbers on a grid, but for a few that lie in the middle and were rounded to the other side."""
    assert got.shape == want.shape
    apart = np.abs(got - want)
    assert (apart <= 1.01 * step).all()
    assert (apart > 0.01 * step).mean() < 0.02


@given(seed=seeds, size=st.sampled_from([1e-6, 0.02, 1.0, 300.0]), shift=st.sampled_from([0, 1, -3]))
def test_one_grid(seed, size, shift):
    x = draws(seed, 20, 30, size=size) + np.float32(shift * size)
    scale, zero = quantization_parameters(x.min(), x.max())
    got = dequantize(quantize(x, scale, zero), scale, zero)
    want = torch.fake_quantize_per_tensor_affine(torch.tensor(x), float(scale), int(zero), -128, 127)
    nearly(got, want.numpy(), float(scale))


@given(seed=seeds, shape=st.sampled_from([(5, 40), (6, 3, 5, 5), (1, 70)]))
def test_a_grid_for_each_row(seed, shape):
    x = draws(seed, *shape) * np.logspace(-2, 1, shape[0], dtype=np.float32).reshape(-1, *[1] * (len(shape) - 1))
    packed = pack(x, per_channel=True, symmetric=True)
    zeros = torch.zeros(shape[0], dtype=torch.int32)
    want = torch.fake_quantize_per_channel_affine(torch.tensor(x), torch.tensor(packed.scale), zeros, 0, -127, 127)
    nearly(packed.numbers(), want.numpy(), packed.scale.reshape(-1, *[1] * (len(shape) - 1)))


@given(seed=seeds, n=st.integers(1, 5), m=st.integers(1, 40), k=st.integers(1, 3000))
def test_products_of_bytes(seed, n, m, k):
    rng = np.random.default_rng(seed)
    a, b = (rng.integers(-128, 128, (rows, k)).astype(np.int8) for rows in (n, m))
    want = torch.tensor(a).int() @ torch.tensor(b).int().T
    assert_array_equal(integer_product(a, b), want.numpy())


def on_grids(x, quantized):
    """x and the weight of a quantized layer as PyTorch rounds them."""
    scales = torch.tensor(np.broadcast_to(quantized.weight_scale.data, len(quantized.weight)).copy())
    weight = torch.tensor(quantized.weight.data).float() * scales.reshape(-1, *[1] * (quantized.weight.ndim - 1))
    grid = float(quantized.input_scale.data), int(quantized.input_zero_point.data)
    return torch.fake_quantize_per_tensor_affine(torch.tensor(x), *grid, -128, 127), weight


@given(seed=seeds, per_channel=st.booleans())
def test_layers(seed, per_channel):
    x, picture = draws(seed, 6, 50) + 0.5, draws(seed, 2, 3, 9, 8) + 0.5
    linear, conv = nn.Linear(50, 7), nn.Conv2d(3, 5, 3, padding=1, stride=2)
    for layer, quantized_type, array in [(linear, QuantizedLinear, x), (conv, QuantizedConv2d, picture)]:
        quantized = quantized_type(layer, Recipe(per_channel, calibrated(layer, [Tensor(array)])))
        rows, weight = on_grids(array, quantized)
        bias = torch.tensor(layer.bias.data)
        if layer is linear:
            want = torch.nn.functional.linear(rows, weight, bias)
        else:
            want = torch.nn.functional.conv2d(rows, weight, bias, padding=1, stride=2)
        step = float(quantized.input_scale.data) * np.abs(weight.numpy()).max()  # an input rounded the other way
        assert_allclose(quantized(Tensor(array)).data, want.numpy(), rtol=1e-4, atol=2 * step)


def test_a_file_of_bytes(tmp_path):
    model = quantize_model(nn.Sequential(nn.Linear(30, 20), nn.ReLU(), nn.Linear(20, 5)))
    save(model.state_dict(), tmp_path / "model.safetensors")
    state = load_file(tmp_path / "model.safetensors")
    assert state["0.weight"].dtype == torch.int8
    weights = [state[f"{i}.weight"].float() * state[f"{i}.weight_scale"][:, None] for i in (0, 2)]
    x = draws(0, 4, 30)
    hidden = torch.relu(torch.tensor(x) @ weights[0].T + state["0.bias"])
    want = hidden @ weights[1].T + state["2.bias"]
    assert_allclose(model(Tensor(x)).data, want.numpy(), rtol=1e-4, atol=1e-5)
