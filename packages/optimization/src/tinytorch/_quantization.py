"""What module 15 is given: copies of a model's tree, the bytes it holds, and checks that a faulty quantizer fails.

The checks compute with NumPy alone, in float64, and with none of the functions that they check.
"""

import copy
import gc
import math
import tracemalloc
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

import numpy as np

from tinytorch.core.autograd import no_grad
from tinytorch.core.tensor import Tensor, kernels, observers, wrap
from tinytorch.nn.conv import BatchNorm2d, Conv2d, MaxPool2d, convolve
from tinytorch.nn.layers import Module, Parameter, Sequential

Make = Callable[[Module], Module | None]
FLOAT32 = np.finfo(np.float32)
SPACING = float(FLOAT32.eps)


# -- numbers -----------------------------------------------------------------------------------------------------------


def range_with_zero(low: Any, high: Any) -> tuple[np.ndarray, np.ndarray]:
    """low and high in float64, stretched to hold 0; ValueError if float32 does not hold them, or low is above high."""
    low, high = np.asarray(low, np.float64), np.asarray(high, np.float64)
    if not ((-FLOAT32.max <= low) & (low <= high) & (high <= FLOAT32.max)).all():
        raise ValueError(f"a range goes from a finite number of float32 up to another, not from {low} to {high}")
    return np.minimum(low, 0), np.maximum(high, 0)


def as_floats(x: Any) -> np.ndarray:
    """The array of a Tensor; anything else as an array; whole numbers as float32."""
    x = x.data if isinstance(x, Tensor) else np.asarray(x)
    return x if x.dtype.kind == "f" else x.astype(np.float32)


def for_a_grid(x: Any, scale: Any, dtype: Any) -> tuple[np.ndarray, np.ndarray, np.iinfo]:
    """x in floats that hold the ends of dtype, the scale in float32, these ends; ValueError for what no grid has."""
    x, scale, ends = as_floats(x), np.asarray(scale, np.float32), np.iinfo(dtype)
    bad = np.count_nonzero(np.isnan(x))
    if bad:
        raise ValueError(f"quantize of {x.shape}: {bad} numbers are nan, which no grid has")
    if not ((scale > 0) & (scale < np.inf)).all():
        raise ValueError(f"quantize of {x.shape}: a scale is a finite number above 0, not {scale}")
    if ends.bits > 32:
        raise ValueError(f"quantize gives whole numbers of 32 bits at most, not {ends.dtype}")
    return x.astype(np.result_type(x.dtype, dtype), copy=False), scale, ends


def relative_error(got: np.ndarray, want: np.ndarray) -> float:
    """The root of the mean square of got - want, as a share of want's own.

    >>> relative_error(np.array([3.0, 4.5]), np.array([3.0, 4.0]))
    0.1
    """
    error, size = (math.sqrt(np.square(a, dtype=np.float64).mean()) for a in (got - want, want))
    return error / size if size else math.inf if error else 0.0


# -- the door ----------------------------------------------------------------------------------------------------------


class Step(NamedTuple):
    """One operation as the door saw it."""

    name: str
    arrays: list
    attributes: dict
    result: np.ndarray


def address(array: np.ndarray) -> int:
    """Where the first element lies in memory; a transposed array has the address of the original.

    >>> a = np.ones((2, 3))
    >>> address(a) == address(a.T)
    True
    """
    return array.ctypes.data


def linear_of_arrays(x: np.ndarray, weight: np.ndarray, bias: np.ndarray | None = None) -> np.ndarray:
    """A linear layer as one operation."""
    out = x @ weight.T
    return out if bias is None else out + bias


def steps_of(model: Module, x: Any) -> list[Step]:
    """Every operation of model(x), in order. A linear layer is one operation, as in a quantized copy."""
    steps: list[Step] = []

    def note(name: str, inputs: tuple, arrays: list, attributes: dict, result: Tensor) -> None:
        steps.append(Step(name, arrays, attributes, result.data))

    before = kernels.get("linear")
    kernels["linear"] = before or linear_of_arrays
    observers.append(note)
    try:
        with no_grad():
            model(x)
    finally:
        observers.remove(note)
        if before is None:
            del kernels["linear"]
    return steps


# -- trees -------------------------------------------------------------------------------------------------------------


def rebuilt(model: Module, make: Make) -> Module:
    """A copy of a model in which `make(part)` stands for each part, or a copy of the part where that is None.

    Tensors are copied too, without gradients. What occurs twice in the model occurs twice in the copy.
    """
    seen: dict[int, Any] = {}

    def parts_of(part: Module) -> Module:
        made = make(part)
        if made is not None:
            return made
        seen[id(part)] = new = copy.copy(part)
        for name, value in vars(part).items():
            setattr(new, name, copied(value))
        return new

    def copied(value: Any) -> Any:
        if id(value) in seen:
            return seen[id(value)]
        if isinstance(value, Module):
            new: Any = parts_of(value)
        elif isinstance(value, Parameter):
            new = Parameter(value.data, requires_grad=False)
        elif isinstance(value, Tensor):
            new = wrap(value.data.copy())
        elif type(value) in (list, tuple) and any(isinstance(item, (Module, Tensor)) for item in value):
            new = type(value)(copied(item) for item in value)
        else:
            return value
        seen[id(value)] = new
        return new

    return copied(model)


def copy_of(part: Any) -> Any:
    """A copy of a part of a model, which a function that is not trusted may have."""
    return rebuilt(part, lambda part: None)


def held_bytes(model: Module) -> int:
    """The bytes of memory that a model's tensors keep in use; memory that two of them share counts once."""
    owners = {}
    for _, tensor in model.named_tensors():
        array = tensor.data
        while isinstance(array.base, np.ndarray):  # a view keeps all of the memory it looks at
            array = array.base
        owners[id(array)] = array.nbytes
    return sum(owners.values())


def numpy_bytes() -> int:
    """The bytes of all arrays that there are and that were made since `tracemalloc` began to watch."""
    gc.collect()
    arrays = tracemalloc.DomainFilter(True, np.lib.tracemalloc_domain)
    return sum(trace.size for trace in tracemalloc.take_snapshot().filter_traces([arrays]).traces)


# -- norms -------------------------------------------------------------------------------------------------------------


class Identity(Module):
    """Returns what it gets; it keeps the place of a norm that was folded."""

    def forward(self, x: Tensor) -> Tensor:
        return x


def norm_factor(norm: BatchNorm2d) -> np.ndarray:
    """By what a norm in eval mode multiplies each channel."""
    return norm.weight.data / np.sqrt(norm.running_var.data + np.float32(norm.eps))


def pairs_to_fold(model: Module) -> Iterator[tuple[Conv2d, BatchNorm2d]]:
    """Each convolution of a Sequential with the norm right behind it, or behind a max-pooling and all factors above 0.

    One that is used in two places is left out: what is right for one place would be wrong for the other.
    """
    parts = [part for _, part in model.walk()]
    times = Counter(map(id, parts))
    for layers in (list(part) for part in parts if isinstance(part, Sequential)):
        for conv, second, third in zip(layers, layers[1:], [*layers[2:], None], strict=False):
            norm = third if type(second) is MaxPool2d else second
            if type(conv) is not Conv2d or type(norm) is not BatchNorm2d or times[id(conv)] + times[id(norm)] > 2:
                continue
            if norm is second or norm_factor(norm).min() > 0:
                yield conv, norm


# -- checks ------------------------------------------------------------------------------------------------------------


def numbers(weight: np.ndarray, scale: np.ndarray) -> np.ndarray:
    """What int8 weights stand for, in float64; scale () or one for each row."""
    return weight.astype(np.float64) * np.reshape(scale, (-1, *[1] * (weight.ndim - 1)))


def first(wrong: np.ndarray) -> tuple[int, ...]:
    return tuple(int(i) for i in np.argwhere(wrong)[0])


def finite(weight: np.ndarray) -> np.ndarray:
    """The weight itself; ValueError, with its shape, if it has numbers that no grid has."""
    bad = weight.size - np.count_nonzero(np.isfinite(weight))
    if bad:
        raise ValueError(f"quantize of a weight {weight.shape}: {bad:,} of its numbers are nan or inf")
    return weight


def check_ranges(ranges: dict[str, tuple[float, float]]) -> None:
    """ValueError if calibration has seen nothing, or numbers that no grid has."""
    if not ranges:
        raise ValueError("calibration needs batches, and layers for them: nothing came by")
    for name, (low, high) in ranges.items():
        if not (math.isfinite(low) and math.isfinite(high)):
            raise ValueError(f"calibration: the inputs that meet {name} have the range {low} to {high}")


def check_grid(shape: tuple[int, ...], low: float, high: float, scale: Any, zero_point: Any) -> None:
    """ValueError if the grid for inputs from low to high begins or ends more than half a step away from them."""
    wanted = np.array(range_with_zero(low, high))
    step, ends = np.ptp(wanted) / 255, (np.array([-128, 127]) - int(zero_point)) * float(scale)
    if step >= FLOAT32.tiny and not (np.abs(ends - wanted) <= step * 0.5005).all():
        raise ValueError(
            f"quantization_parameters for the inputs of a weight {shape}, from {wanted[0]:.6g} to {wanted[1]:.6g}: "
            f"the bytes stand for {ends[0]:.6g} to {ends[1]:.6g}"
        )


def check_unchanged(weight: np.ndarray, handed: np.ndarray) -> None:
    """ValueError if the copy of a weight that was handed over is another afterwards."""
    wrong = handed != weight
    if wrong.any():
        at = first(wrong)
        raise ValueError(
            f"quantize of a weight {weight.shape} changes its input: {np.count_nonzero(wrong):,} of {weight.size:,} "
            f"numbers; the first, {at}, was {weight[at]:.6g} and is {handed[at]:.6g}"
        )


def check_packed(weight: np.ndarray, values: np.ndarray, scale: np.ndarray, per_channel: bool) -> None:
    """ValueError if `values` and `scale` do not stand for `weight` to half of the step that its range allows."""
    told, scales = f"quantize of a weight {weight.shape}", weight.shape[:1] if per_channel else ()
    if values.dtype != np.int8 or values.shape != weight.shape or np.shape(scale) != scales:
        raise ValueError(
            f"{told} gives {values.dtype} {values.shape} with scales {np.shape(scale)}; wanted are int8 "
            f"{weight.shape} with scales {scales}"
        )
    axis = tuple(range(1, weight.ndim)) if per_channel else None
    half = np.abs(weight).max(axis=axis, keepdims=True) / 254.0
    back = numbers(values, scale)
    wrong = ~(np.abs(back - weight) <= half * 1.001 + 127 * FLOAT32.tiny)  # a weight without a step becomes 0
    if wrong.any():
        at = first(wrong)
        step = float(np.broadcast_to(half, weight.shape)[at])
        raise ValueError(
            f"{told}: {np.count_nonzero(wrong):,} of {weight.size:,} numbers are more than half a step away; the "
            f"first, {at}, is {weight[at]:.6g} and comes back as {back[at]:.6g}, half a step is {step:.3g}"
        )


def checked(pack: Callable[..., Any], weight: np.ndarray, per_channel: bool) -> Any:
    """What pack makes of a copy of the weight, symmetric; ValueError if it changes the copy, or is wrong."""
    handed = finite(weight).copy()
    packed = pack(handed, per_channel, symmetric=True)
    check_unchanged(weight, handed)
    check_packed(weight, packed.values, packed.scale, per_channel)
    return packed


def linear(x, weight, scale, bias=None):
    """The result of "linear_int8" in float64, and how far float32 may be away from it."""
    wide, sizes = numbers(weight, scale), np.abs(x.astype(np.float64)) @ np.abs(numbers(weight, scale)).T
    shift = 0.0 if bias is None else bias
    return x.astype(np.float64) @ wide.T + shift, (sizes + np.abs(shift)) * SPACING * (weight.shape[1] + 8)


def conv2d(x, weight, scale, bias=None, **window):
    """The same for "conv2d_int8"."""
    wide = numbers(weight, scale)
    shift = None if bias is None else bias.astype(np.float64)
    sizes = convolve(np.abs(x.astype(np.float64)), np.abs(wide), None if shift is None else np.abs(shift), **window)
    return convolve(x.astype(np.float64), wide, shift, **window), sizes * SPACING * (weight[0].size + 8)


def embedding(weight, scale, ids):
    """The same for "embedding_int8"."""
    rows = numbers(weight, scale)[ids]
    return rows, np.abs(rows) * SPACING * 8


def with_inputs(operation: Callable[..., Any]) -> Callable[..., Any]:
    """The same for the operation whose inputs are quantized first; two of them may be rounded the other way."""

    def function(x, weight, scale, bias=None, *, input_scale, input_zero_point, **window):
        step, zero = np.float32(input_scale), int(input_zero_point)
        whole = np.clip(np.rint(x / step) + zero, -128, 127)
        want, bound = operation((whole - zero) * np.float64(step), weight, scale, bias, **window)
        return want, bound + 2 * float(step) * np.abs(numbers(weight, scale)).max(initial=0)

    return function


ORACLES = {"linear_int8": linear, "conv2d_int8": conv2d, "embedding_int8": embedding}
ORACLES |= {"integer_linear": with_inputs(linear), "integer_conv2d": with_inputs(conv2d)}


def check_operation(name: str, inputs: tuple, arrays: list, attributes: dict, result: Tensor) -> None:
    """An observer: AssertionError, with the operation and its shapes, if a quantized one computed something else."""
    if name not in ORACLES:
        return
    want, bound = ORACLES[name](*arrays, **attributes)
    got = result.data
    shapes = " and ".join(str(np.shape(a)) for a in arrays)
    if got.shape != want.shape or got.dtype.kind != "f":
        raise AssertionError(f"{name} of {shapes} gives {got.dtype} {got.shape}, wanted are floats {want.shape}")
    wrong = ~(np.abs(got - want) <= bound + 1e-30)
    if wrong.any():
        at = first(wrong)
        raise AssertionError(
            f"{name} of {shapes} is wrong in {np.count_nonzero(wrong):,} of {want.size:,} numbers: the first, {at}, "
            f"is {got[at]:.6g}, and the same computed in float64 {want[at]:.6g}"
        )


@contextmanager
def verified() -> Iterator[None]:
    """While this is open, each quantized operation is computed again, slowly, and a wrong result is an error."""
    observers.append(check_operation)
    try:
        yield
    finally:
        observers.remove(check_operation)
