"""What module 14 is given: what is noted of an operation, profiles as text and as a drawing, memory and energy."""

import math
import tracemalloc
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import repeat
from operator import attrgetter
from pathlib import Path
from threading import RLock
from typing import Any, NamedTuple

import numpy as np

POWERCAP = Path("/sys/class/powercap")
facts, NBYTES, NONE = attrgetter("shape", "nbytes"), repeat("nbytes"), repeat(0)


# -- operations that no rule fits --------------------------------------------------------------------------------------


def work_of_one_place(arrays: Sequence[Any], attributes: Mapping[str, Any], result: Any) -> tuple[int, int]:
    """FLOPs and bytes of module 17's `one_place`: those of its parts when they come one by one."""
    kept, blocks, places = attributes["kept"], attributes["blocks"], attributes["place"] + 1
    parts = [*(part for block in blocks for part in block), attributes["norm"]]
    parameters = [p for part in parts for p in part if isinstance(p, np.ndarray)]
    (_, layers, batch, heads, capacity, d_head), d = kept.shape, result.shape[1]
    each = sum(p.ndim * p.size for p in parameters)  # a multiply-add for a number of a matrix, else one FLOP
    each += 5 * d * (2 * layers + 1) + 2 * d * layers  # what norms do besides, and both paths that lead past
    each += sum(8 * up_bias.size for *_, (_, up_bias), _ in blocks)  # GELU
    each += layers * heads * places * (4 * d_head + 4)
    moved = sum(getattr(a, "nbytes", 0) for a in (*arrays, *parameters, attributes.get("mask"), result))
    return batch * each, moved + kept.nbytes // capacity * places


def work_of_rows(arrays: Sequence[Any], attributes: Mapping[str, Any], result: Any) -> tuple[int, int]:
    """FLOPs and bytes of module 15's `embedding_int8`: a row of bytes and a scale for each id, a FLOP a number."""
    ids, scale = attributes["ids"], arrays[1]
    scales = np.size(ids) * scale.itemsize if scale.ndim else scale.nbytes
    return result.size, ids.nbytes + result.size + scales + result.nbytes


def work_of_bytes(arrays: Sequence[Any], attributes: Mapping[str, Any], result: Any) -> tuple[int, int]:
    """FLOPs and bytes of module 15's products with a weight of bytes: two a multiply-add, one a scaling."""
    weight, bias = arrays[1], len(arrays) > 3
    flops = result.size * (2 * math.prod(weight.shape[1:]) + 1 + bias)
    return flops, sum(getattr(a, "nbytes", 0) for a in (*arrays, *attributes.values(), result))


counted = {"one_place": work_of_one_place, "embedding_int8": work_of_rows}  # (arrays, attributes, result)
counted |= dict.fromkeys(("linear_int8", "conv2d_int8", "integer_linear", "integer_conv2d"), work_of_bytes)


# -- noting ------------------------------------------------------------------------------------------------------------


class Sizes(NamedTuple):
    """What is left of an array when only its shape and its bytes are needed."""

    shape: tuple[int, ...]
    nbytes: int

    @property
    def size(self) -> int:
        return math.prod(self.shape)


def noted(
    moves: set[str], name: str, arrays: Sequence[Any], attributes: Mapping[str, Any], result: Any
) -> tuple[Any, ...]:
    """The shapes and bytes of an operation in plain tuples, with as few steps in Python as can be.

    Those in `moves` may return a view of their first input; the bytes of a view are 0.
    """
    if result is None:
        return noted_update(arrays)
    try:
        sizes = (facts(result), *map(facts, arrays))
    except AttributeError:  # a Python number is among them
        sizes = tuple((np.shape(a), getattr(a, "nbytes", 0)) for a in (result, *arrays))
    if name in moves and np.may_share_memory(arrays[0], result):
        sizes = ((result.shape, 0), *sizes[1:])
    work = counted[name](arrays, attributes, result) if name in counted else None
    if not attributes:
        return sizes, None, (), work
    return sizes, attributes.get("kernel_size"), tuple(map(getattr, attributes.values(), NBYTES, NONE)), work


def noted_update(lists: Sequence[Any]) -> tuple[Any, ...]:
    """The same for an optimizer's update, which changes lists of arrays in place: a FLOP for each number at least."""
    arrays = [a for each in lists if isinstance(each, list) for a in each if isinstance(a, np.ndarray)]
    work = sum(a.size for a in arrays), 2 * sum(a.nbytes for a in arrays)
    return (((), 0), *map(facts, arrays)), None, (), work


def restored(note: tuple[Any, ...]) -> tuple[list[Sizes], dict[str, Any], Sizes]:
    """Inputs, attributes and result as Sizes, from what `noted` made of them."""
    sizes, window, others, _ = note
    result, *arrays = (Sizes(*size) for size in sizes)
    return arrays, {"kernel_size": window, **{f"{i}": Sizes((), n) for i, n in enumerate(others)}}, result


def timed_part(log: Any, forward: Any, i: int, function: Callable[..., Any]) -> Callable[..., Any]:
    """What stands in for the gradient function of input i; `forward` is the row of the operation.

    The lines of `timed_kernel` again, because a call more would cost as much as the rest of them.
    """
    clock, rows = log.clock, log.rows

    def timed(g: Any) -> Any:
        if not log.open:
            return function(g)
        if log.memory:
            log.lap()
        others, log.inner, began = log.inner, 0.0, clock()
        part = function(g)
        whole = clock() - began
        rows.append((forward, i, whole - log.inner, log.lap() if log.memory else 0))
        log.inner = whole + others
        return part

    return timed


# -- standing at the door ----------------------------------------------------------------------------------------------

DOOR = RLock()


@contextmanager
def alone() -> Iterator[None]:
    """Inside the block no other thread can open a profiler. RuntimeError if another one has."""
    if not DOOR.acquire(blocking=False):
        raise RuntimeError("a profiler is open in another thread and sees what this one does: close it first")
    try:
        yield
    finally:
        DOOR.release()


# -- showing -----------------------------------------------------------------------------------------------------------


def lines(rows: Iterable[tuple[str, Any]], seconds: float, memory: bool, label: str) -> list[str]:
    """A line for each (name, totals), under a line with the names of the columns; shares are of `seconds`."""
    rows = list(rows)
    width = max([28, *(len(name) for name, _ in rows)]) + 2
    heads = ["calls", "ms", "share", "MFLOP", "MB", "GFLOP/s", "FLOP/byte", *["peak MB"] * memory]
    found = [f"{label:{width}}" + "".join(f"{head:>10}" for head in heads)]
    for name, t in rows:
        numbers = [f"{t.calls}", f"{t.seconds * 1e3:.3f}", f"{t.seconds / seconds if seconds else 0:.1%}"]
        numbers += [f"{t.flops / 1e6:.2f}", f"{t.bytes / 1e6:.2f}", f"{t.rate / 1e9:.1f}", f"{t.intensity:.2f}"]
        numbers += [f"{t.peak / 1e6:.2f}"] * memory
        found.append(f"{name:{width}}" + "".join(f"{number:>10}" for number in numbers))
    return found


def table(profiler: Any, by: str) -> str:
    """The text of `Profiler.table`."""
    if by == "operation":
        rows, label = list(profiler.by_operation().items()), by
    elif by == "module":
        rows, label = module_rows(profiler), "module (parameters)"
    else:
        raise ValueError(f'a table is by "operation" or by "module", not {by!r}')
    found = lines(rows, profiler.elapsed, profiler.peak_memory > 0, label)
    took, cost = f"{profiler.elapsed * 1e3:.3f} ms", f"{profiler.overhead * 1e3:.3f} ms"
    found.append(f"{took} in all, {profiler.outside * 1e3:.3f} ms of it in no operation")
    if profiler.peak_memory:
        found.append(f"{profiler.peak_memory / 1e6:.2f} MB in use at the peak")
    found.append(f"the profiler: {len(profiler.records)} records, about {cost} of its own")
    return "\n".join([*found, f"energy: {profiler.energy()}"])


def module_rows(profiler: Any) -> list[tuple[str, Any]]:
    """A row for each module that ran, in the order of the model, and one for what ran outside of it."""
    totals, model = profiler.by_module(), type(profiler.model).__name__
    rows = [
        (f"{name or model} ({parameters:,})", totals[name])
        for name, parameters in profiler.parameters.items()
        if name in totals
    ]
    outside = [(name, t) for name, t in totals.items() if name not in profiler.parameters and name.startswith("(")]
    return rows + outside


def roofs(totals: Mapping[str, Any], peaks: Any, roofline: Callable[[float, Any], float]) -> str:
    """The text of `Profiler.roofline`: what each operation reached, and what limits it."""
    found = [f"{'operation':30}{'FLOP/byte':>10}{'GFLOP/s':>10}{'roof':>10}{'reached':>10}  limit"]
    for name, t in totals.items():
        if t.intensity and t.seconds:
            roof, limit = roofline(t.intensity, peaks), "memory" if t.intensity < peaks.ridge else "processor"
            numbers = f"{t.intensity:10.2f}{t.rate / 1e9:10.1f}{roof / 1e9:10.1f}{t.rate / roof:10.0%}"
            found.append(f"{name:30}{numbers}  {limit}")
    return "\n".join([*found, f"this machine: {peaks}"])


def plot(totals: Mapping[str, Any], peaks: Any, roofline: Callable[[float, Any], float], path: str | Path) -> None:
    """Into a file: milliseconds by operation, and the operations under the roof. ImportError without matplotlib."""
    try:
        from matplotlib.figure import Figure
    except ImportError:
        raise ImportError("plot() needs matplotlib; table() and roofline() show the same without it") from None
    figure = Figure(figsize=(13, 5), layout="constrained")
    bars, roof = figure.subplots(1, 2)
    bars.barh(list(totals)[::-1], [t.seconds * 1e3 for t in totals.values()][::-1])
    bars.set(xlabel="ms")
    at = np.geomspace(peaks.ridge / 1000, peaks.ridge * 30)
    roof.loglog(at, [roofline(float(i), peaks) for i in at], color="black")
    roof.set(xlabel="FLOP / byte", ylabel="FLOP / s", title=str(peaks))
    for name, t in totals.items():
        if t.intensity and t.seconds:
            roof.loglog(t.intensity, t.rate, "o")
            roof.annotate(name, (t.intensity, t.rate), fontsize=7)
    figure.savefig(path)


# -- energy and memory -------------------------------------------------------------------------------------------------


def counters(folder: Path = POWERCAP) -> dict[str, tuple[int, int]]:
    """(microjoules, range) of each processor whose counter can be read; empty where there is none."""
    found = {}
    for zone in sorted(folder.glob("intel-rapl:*")):
        try:
            values = [int((zone / name).read_text()) for name in ("energy_uj", "max_energy_range_uj")]
            if (zone / "name").read_text().startswith("package"):
                found[zone.name] = (values[0], values[1])
        except (OSError, ValueError):
            continue  # most systems let only root read them
    return found


@contextmanager
def traced(log: Any) -> Iterator[None]:
    """Inside the block tracemalloc runs, if the log watches memory. One that ran before goes on."""
    started = log.memory and not tracemalloc.is_tracing()
    if started:
        tracemalloc.start()
    log.level = tracemalloc.get_traced_memory()[0]
    try:
        yield
        if log.memory:
            log.lap()
    finally:
        if started:
            tracemalloc.stop()
