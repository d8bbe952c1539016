"""What module 18 is given: where memory begins, parts of arrays, threads, and numbers that were fitted."""

import copy
import math
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cache, partial
from typing import Any

import numpy as np

from tinytorch.core.autograd import no_grad, set_grad_enabled
from tinytorch.core.tensor import Tensor, composites, wrap
from tinytorch.fast.threads import submit, thread_count  # noqa: F401 - submit is for the module
from tinytorch.nn import losses  # noqa: F401 - importing it enters its composites
from tinytorch.nn.activations import error_function, shifted
from tinytorch.nn.attention import attention as attention_of_all
from tinytorch.nn.attention import attention_gradients
from tinytorch.nn.embedding import add_rows as add_rows_by_products
from tinytorch.nn.embedding import embedding

LINE = 64  # bytes of a line of the cache, and of the widest loads
BLOCK = 65_536  # numbers: with a few rooms as large, what the cache of one core holds
WORTH = 400_000  # numbers: below, handing work to a thread costs more than it saves

# The share of a normal distribution below x is half of 1 + tanh(x (c0 + c1 x^2 + ...)), up to 4e-6; the highest first.
SHARE = (1.1802559e-06, -3.2049341e-05, -0.00011374689, 0.036438357, 0.79785238)

Run = Callable[
    [Callable[[slice], None], int, int], None
]  # (work, rows, size): work(slice) for all rows, in all threads


# -- memory ------------------------------------------------------------------------------------------------------------


def memory_for(size: int) -> np.ndarray:
    """Bytes for an array of `size` bytes, with room to begin where a line begins."""
    return np.empty(size + LINE, np.uint8)


def array_in(memory: np.ndarray, shape: tuple[int, ...], dtype: Any) -> np.ndarray:
    """An array in these bytes, from the first line that begins there. Its `base` is `memory`.

    >>> array_in(memory_for(24), (2, 3), np.float32).ctypes.data % 64
    0
    """
    return np.ndarray(shape, dtype, memory, -memory.ctypes.data % LINE)


# -- parts -------------------------------------------------------------------------------------------------------------


def blocks(here: slice) -> Iterator[slice]:
    """`here` in slices of BLOCK.

    >>> list(blocks(slice(0, 80_000)))
    [slice(0, 65536, None), slice(65536, 80000, None)]
    """
    for start in range(here.start, here.stop, BLOCK):
        yield slice(start, min(start + BLOCK, here.stop))


# -- threads -----------------------------------------------------------------------------------------------------------


class Ends:
    """Lies in the memory of one thread; when that is freed, what the thread has exchanged and left open is undone."""

    def __init__(self, opened: list) -> None:
        self.opened, self.thread = opened, threading.get_ident()

    def __del__(self) -> None:
        for exchange in reversed([e for e in self.opened if e.thread == self.thread]):
            exchange.undo()


of_this_thread = threading.local()


def this_thread(opened: list) -> int:
    """Its number. The exchanges in `opened` that it makes do not outlive it."""
    if threading.current_thread() is not threading.main_thread() and not hasattr(of_this_thread, "ends"):
        of_this_thread.ends = Ends(opened)
    return threading.get_ident()


# -- optimizers --------------------------------------------------------------------------------------------------------


def lying(array: np.ndarray) -> np.ndarray:
    """The array turned so that its rows lie in memory one after the other, if it lies turned; a view."""
    return array.T if array.flags.f_contiguous and not array.flags.c_contiguous else array


def as_row(array: np.ndarray) -> np.ndarray | None:
    """All its numbers in the order of memory, as a view; None if they do not lie together."""
    array = lying(array)
    return array.reshape(-1) if array.flags.c_contiguous else None


def shaped_as(array: np.ndarray, row: np.ndarray) -> np.ndarray:
    """A row of numbers in the shape of `array`, turned if that lies turned; a view."""
    turned = lying(array)
    return row.reshape(turned.shape) if turned is array else row.reshape(turned.shape).T


def rows_alike(*arrays: np.ndarray) -> list[np.ndarray] | None:
    """All arrays as rows of numbers in one order, views; None if they do not lie alike."""
    rows = [as_row(array) for array in arrays]
    alike = all(a.strides == arrays[0].strides and a.dtype == np.float32 for a in arrays)
    return rows if alike and all(row is not None for row in rows) else None  # type: ignore[return-value]


def alone(arrays: Sequence[np.ndarray], step: int, options: Mapping[str, Any], kernel: Callable, run: Run) -> bool:
    """Adam's step for one large parameter, a block at a time: (p, grad, m, v). False if they do not lie alike."""
    rows = rows_alike(*arrays)
    if rows is None:
        return False

    def work(here: slice) -> None:
        buffer = array_in(memory_for(4 * BLOCK), (BLOCK,), np.float32)
        for part in blocks(here):
            data, grad, m, v = (row[part] for row in rows)
            out = buffer[: data.size]
            kernel(grad, m, v, step, options["lr"], options["betas"], options["eps"], out)
            data -= out

    run(work, arrays[0].size, arrays[0].size)
    return True


def together(
    small: Sequence[Sequence[np.ndarray]], step: int, options: Mapping[str, Any], arena_class: Any, arenas: Any
) -> None:
    """Adam's step for many small parameters, each (p, grad, m, v), in an arena that is kept for their shapes."""
    key = tuple((p.shape, p.flags.c_contiguous) for p, *_ in small)
    arena = arenas.get(key)
    if arena is None:
        arena = arenas[key] = arena_class([wrap(p) for p, *_ in small])
    for tensor, (p, grad, *_) in zip(arena.params, small, strict=True):
        tensor.data, tensor.grad = p, wrap(grad)
    for row, i in ((arena.m, 2), (arena.v, 3)):
        for view, arrays in zip(arena.parts[id(row)], small, strict=True):
            view[...] = arrays[i]
    arena.step(step, options["lr"], options["betas"], options["eps"])
    for row, i in ((arena.m, 2), (arena.v, 3)):
        for view, arrays in zip(arena.parts[id(row)], small, strict=True):
            arrays[i][...] = view


def step_together(
    lists: Sequence[Sequence[Any]],
    options: Mapping[str, Any],
    arena_class: Any,
    arenas: Any,
    kernel: Callable,
    plain: Callable,
    run: Run,
) -> None:
    """Adam without weight decay: small parameters in an arena, large ones alone. The rest by the plain kernel."""
    params, _, _, _, steps = lists
    single = all(p.dtype == np.float32 for p in params) and len({id(p) for p in params}) == len(params)
    if options["weight_decay"] or len(set(steps)) > 1 or not single:
        plain(*lists, **options)
        return
    small = []
    for p, grad, m, v, step in zip(*lists, strict=True):
        if p.size <= BLOCK:
            small.append((p, grad, m, v))
        elif not alone((p, grad, m, v), step, options, kernel, run):
            plain([p], [grad], [m], [v], [step], **options)
    if small:
        together(small, steps[0], options, arena_class, arenas)


# -- pictures ----------------------------------------------------------------------------------------------------------


def in_portions(work: Callable[[slice], None], pictures: np.ndarray, run: Run) -> None:
    """work(slice) for a few pictures at a time, in all threads: as many as the cache of one core holds.

    Between threads the interpreter's lock changes hands at every call, which costs more than the cache saves; then it
    is more of them.
    """
    portion = BLOCK * (2 if thread_count() == 1 else 8)
    few = max(1, portion * len(pictures) // max(1, pictures.size))

    def share(here: slice) -> None:
        for start in range(here.start, here.stop, few):
            work(slice(start, min(start + few, here.stop)))

    run(share, len(pictures), pictures.size)


def laid_out_as(like: np.ndarray, g: np.ndarray) -> np.ndarray:
    """g, laid out in memory as `like`, a copy only where it is not."""
    if g.strides == like.strides:
        return g
    result = np.empty_like(like, dtype=g.dtype)
    result[...] = g
    return result


# -- exponentials ------------------------------------------------------------------------------------------------------


def row_sums(array: np.ndarray) -> np.ndarray:
    """The sum of each last dimension, as a product: (..., M) gives (...).

    >>> row_sums(np.array([[1.0, 2.0], [3.0, 4.0]]))
    array([3., 7.])
    """
    return array @ np.ones(array.shape[-1], array.dtype)


def sound(sums: np.ndarray, limit: float) -> bool:
    """Whether all sums of exponentials lie between 1 / limit and limit; nan does not."""
    return sums.size == 0 or bool(1 / limit < sums.min() <= sums.max() < limit)


def exponentials(logits: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The rows of logits, their exponentials, and the sums of these; shifted by their maximum where need be."""
    with np.errstate(over="ignore", invalid="ignore"):
        e = np.exp(logits)
        sums = row_sums(e)
    if not sound(sums, 1e8):
        logits = shifted(logits, 1)
        e = np.exp(logits)
        sums = row_sums(e)
    return logits, e, sums


# -- module 11's and module 12's, and the ReLU -------------------------------------------------------------------------


def add_rows(g: np.ndarray, ids: np.ndarray, rows: int) -> np.ndarray:
    """An array (rows, d): its row r is the sum of those rows of g (n, d) whose id is r.

    In rounds: first the first row of each id, then all second ones are added, and so on; the ids with most rows come
    first, so that each round works on the front of one array.

    >>> add_rows(np.array([[1.0], [10.0], [100.0]]), np.array([2, 0, 2]), 4).ravel()
    array([ 10.,   0., 101.,   0.])
    """
    order = np.argsort(ids, kind="stable")
    begins = np.flatnonzero(np.append(True, np.diff(ids[order]) != 0))
    counts = np.diff(np.append(begins, len(ids)))
    most = np.argsort(-counts, kind="stable")
    begins, counts = begins[most], counts[most]
    sums = g[order[begins]]
    for number, still in enumerate(np.searchsorted(-counts, -np.arange(1, counts[0])), 1):
        sums[:still] += g[order[begins[:still] + number]]
    out = np.zeros((rows, g.shape[1]), g.dtype)
    out[ids[order[begins]]] = sums
    return out


def embedding_gradient(out: np.ndarray, weight: np.ndarray, ids: np.ndarray) -> tuple[Callable]:
    """In rounds, unless there would be many: then with module 11's products."""
    flat, rows = ids.reshape(-1), len(weight)
    few = flat.size > 0 and np.bincount(flat).max() <= 64
    add = add_rows if few else add_rows_by_products
    return (lambda g: add(g.reshape(-1, g.shape[-1]), flat, rows),)


def relu(a: np.ndarray, run: Run) -> np.ndarray:
    """The larger of each number and 0."""
    if a.ndim < 2 or a.size < WORTH or thread_count() == 1:
        return np.maximum(a, 0)
    out = np.empty_like(a)

    def work(here: slice) -> None:
        np.maximum(a[here], 0, out=out[here])

    run(work, len(a), a.size)
    return out


def relu_gradient(out: np.ndarray, a: np.ndarray, run: Run) -> tuple[Callable]:
    """Where `out` is not 0 the gradient passes; a few rows at a time, so that the mask stays in the cache."""

    def by_a(g: np.ndarray) -> np.ndarray:
        if out.ndim < 2 or out.size < WORTH or thread_count() == 1:
            return np.where(out != 0, g, 0)
        g = laid_out_as(out, g)
        slope = np.zeros_like(g)

        def work(part: slice) -> None:
            np.copyto(slope[part], g[part], where=out[part] != 0)

        in_portions(work, out, run)
        return slope

    return (by_a,)


def batched(q: np.ndarray, k: np.ndarray, v: np.ndarray) -> bool:
    """Whether texts can be worked at by themselves, and there is more than one thread to do it."""
    return thread_count() > 1 and q.ndim > 2 and len(q) > 1 and q.shape[:-2] == k.shape[:-2] == v.shape[:-2]


def piece(array: np.ndarray | None, here: slice, ndim: int) -> np.ndarray | None:
    """These texts of an array that has a batch; None, and a mask for all texts alike, as they are."""
    whole = array is None or array.ndim != ndim or len(array) == 1
    return array if whole else array[here]  # type: ignore[index]


def by_columns(array: np.ndarray) -> np.ndarray:
    """The same numbers, lying so that array^T is in order: a product with that takes half as long.

    >>> by_columns(np.ones((2, 3, 4))).swapaxes(-1, -2).flags.c_contiguous
    True
    """
    return np.ascontiguousarray(array.swapaxes(-1, -2)).swapaxes(-1, -2)


def attention(q: Any, k: Any, v: Any, run: Run, mask: Any = None) -> np.ndarray:
    """Module 12's kernel, with keys that lie well, for the texts of each thread."""
    k = by_columns(k)
    if not batched(q, k, v):
        return attention_of_all(q, k, v, mask)
    out = np.empty_like(q, np.result_type(q, k, v), shape=(*q.shape[:-1], v.shape[-1]))

    def work(here: slice) -> None:
        out[here] = attention_of_all(*(piece(array, here, q.ndim) for array in (q, k, v, mask)))

    run(work, len(q), math.prod(q.shape[:-1]) * k.shape[-2])
    return out


def attention_gradient(out: Any, q: Any, k: Any, v: Any, run: Run, mask: Any = None) -> Sequence[Callable]:
    """Module 12's gradients, with values that lie well; for the texts of each thread all three together."""
    values = by_columns(v)
    if not batched(q, k, v):
        return attention_gradients(out, q, k, values, mask)
    made: list[np.ndarray] = []

    def compute(g: np.ndarray) -> None:
        made.extend(np.empty_like(array) for array in (q, k, v))

        def work(here: slice) -> None:
            mine = [piece(array, here, q.ndim) for array in (out, q, k, values, mask)]
            for result, function in zip(made, attention_gradients(*mine), strict=True):
                result[here] = function(g[here])

        run(work, len(q), math.prod(q.shape[:-1]) * k.shape[-2])

    def by(i: int, g: np.ndarray) -> np.ndarray:
        if not made:
            compute(g)
        return made[i]

    return [partial(by, i) for i in range(3)]


def others(run: Run) -> dict[str, tuple[Callable, Callable]]:
    """The kernels and gradients that are given."""
    return {
        "relu": (partial(relu, run=run), partial(relu_gradient, run=run)),
        "attention": (partial(attention, run=run), partial(attention_gradient, run=run)),
        "embedding": (embedding, embedding_gradient),
    }


# -- GELU --------------------------------------------------------------------------------------------------------------


def gelu_of_block(
    a: np.ndarray, out: np.ndarray, slope: np.ndarray | None, rooms: list[np.ndarray], share_below: Callable
) -> None:
    """GELU of one block, and its slope: the share plus x times the bell curve."""
    x, square, share = (room[: a.size] for room in rooms)
    np.clip(a, -6, 6, out=x)  # beyond, the share is 0 or 1
    np.multiply(x, x, out=square)
    share_below(x, square, share)
    np.multiply(a, share, out=out)
    if slope is not None:
        square *= -0.5
        np.exp(square, out=square)
        x *= 1 / math.sqrt(2 * math.pi)
        square *= x
        np.add(share, square, out=slope)


def gelu(a: np.ndarray, share_below: Callable, pool: Any, run: Run) -> np.ndarray:
    """GELU of an array in C order, a block at a time, in buffers from the pool."""
    return gelu_and_derivative(a, None, share_below, pool, run)


def gelu_gradient(a: np.ndarray, approximate: str, share_below: Callable, pool: Any, run: Run) -> Callable:
    """What turns the gradient of a GELU's output into that of its input `a`."""

    def by_a(g: np.ndarray) -> np.ndarray:
        derivative = np.empty_like(a)
        if in_blocks(a, approximate):
            gelu_and_derivative(a, derivative, share_below, pool, run)
        else:
            derivative[...] = plain_derivative(a, approximate)
        return np.multiply(g, derivative, out=derivative)

    return by_a


def in_blocks(a: np.ndarray, approximate: str) -> bool:
    """Whether it is the exact form, for float32 in C order."""
    return approximate == "none" and a.dtype == np.float32 and a.flags.c_contiguous


def plain_derivative(a: np.ndarray, approximate: str) -> np.ndarray:
    """The derivative of GELU by its formula."""
    b = np.clip(a, -10, 10)
    if approximate == "tanh":
        below = 0.5 * (1 + np.tanh(math.sqrt(2 / math.pi) * (b + 0.044715 * b * b * b)))
        return below + b * below * (1 - below) * (2 + 6 * 0.044715 * b * b) * math.sqrt(2 / math.pi)
    below = 0.5 * (1 + error_function(b / math.sqrt(2)))
    return below + b * np.exp(-0.5 * b * b) * (1 / math.sqrt(2 * math.pi))


def gelu_and_derivative(
    a: np.ndarray, slope: np.ndarray | None, share_below: Callable, pool: Any, run: Run
) -> np.ndarray:
    """GELU of an array in C order, and with an array for it its derivative."""
    out = np.empty_like(a)
    flat = [None if array is None else array.reshape(-1) for array in (a, out, slope)]

    def work(here: slice) -> None:
        rooms = [pool.take((BLOCK,)) for _ in range(3)]  # of one size, so that few blocks serve all
        for part in blocks(here):
            x, y, steep = (None if array is None else array[part] for array in flat)
            gelu_of_block(x, y, steep, rooms, share_below)

    run(work, a.size, a.size)
    return out


# -- composites --------------------------------------------------------------------------------------------------------


def by_parts(name: str) -> Callable[..., np.ndarray]:
    """The kernel that does what the parts of this composite do."""

    def kernel(*arrays: Any, **attributes: Any) -> np.ndarray:
        with no_grad():
            return composites[name](*map(as_operand, arrays), **attributes).data

    return kernel


def as_operand(x: Any) -> Any:
    """A Tensor around an array of floats; labels and None as they are."""
    return wrap(x) if isinstance(x, np.ndarray) and x.dtype.kind == "f" else x


def gradient_by_parts(name: str) -> Callable[..., Sequence[Callable]]:
    """The entry in the table of gradients that goes backward through the parts of this composite."""

    def entry(out: np.ndarray, *arrays: Any, **attributes: Any) -> Sequence[Callable]:
        def part(i: int, g: np.ndarray) -> np.ndarray:
            operands = [as_operand(x) for x in arrays]
            for x in operands:
                if isinstance(x, Tensor):
                    x.requires_grad = True
            with set_grad_enabled(True):
                result = composites[name](*operands, **attributes)
            result.backward(wrap(g))
            return operands[i].grad.data

        return [partial(part, i) for i in range(len(arrays))]

    return entry


# -- checks ------------------------------------------------------------------------------------------------------------


def fresh(attributes: Mapping[str, Any]) -> dict[str, Any]:
    """Attributes for the original: rooms that the fast kernel fills are copied, lists are empty."""
    return {k: [] if isinstance(v, list) else copy.copy(v) for k, v in attributes.items()}


def shapes_of(arrays: Iterable[Any]) -> str:
    """The shapes as words.

    >>> shapes_of([np.ones((2, 3)), 5.0])
    '(2, 3), ()'
    """
    return ", ".join(str(np.shape(a)) for a in arrays)


def case_of(arrays: Iterable[Any], attributes: Mapping[str, Any]) -> str:
    """What a check is remembered by: types and shapes of all arrays, and the values of plain attributes.

    >>> case_of([np.ones((2, 3), np.float32), 5.0], {"dim": 1, "mask": np.ones(3, bool)})
    'float32 (2, 3); float64 (); dim 1; mask bool (3,)'
    """
    kinds = [f"{np.result_type(a)} {np.shape(a)}" for a in arrays]
    for name, value in attributes.items():
        plain = isinstance(value, (bool, int, float, str, tuple, type(None)))
        array = f"{value.dtype} {value.shape}" if isinstance(value, np.ndarray) else type(value).__name__
        kinds.append(f"{name} {repr(value) if plain else array}")
    return "; ".join(kinds)


def checked_gradient(name: str, fast: Callable, reference: Callable, kernel: Callable, agree: Callable) -> Callable:
    """`fast`, an entry of the table of gradients, each of whose functions is compared with the original's once a case.

    The originals are made when the first of them is needed: in training the gradient of the input never is.
    """
    known: set[tuple[str, int]] = set()

    def entry(out: np.ndarray, *arrays: Any, **attributes: Any) -> Any:
        case, again = case_of(arrays, attributes), fresh(attributes)
        functions = fast(out, *arrays, **attributes)
        originals = cache(lambda: reference(kernel(*arrays, **again), *arrays, **again))
        where = f"the accelerated gradient of {name} on {shapes_of(arrays)}, by input "

        def checked(i: int, function: Callable) -> Callable:
            def part(g: np.ndarray) -> np.ndarray:
                want = originals()[i](g.copy())
                got = unharmed(f"{where}{i}", function, g, arrays, agree)
                agree(f"{where}{i}", got, want)
                known.add((case, i))
                return got

            return function if (case, i) in known else part

        return [checked(i, function) for i, function in enumerate(functions)]

    return entry


def unharmed(where: str, function: Callable, g: np.ndarray, arrays: Iterable[Any], agree: Callable) -> np.ndarray:
    """function(g). What it changes of g and of the operation's inputs is put back, and then it is an error."""
    held = [array for array in (g, *arrays) if isinstance(array, np.ndarray) and array.flags.writeable]
    before = [array.copy() for array in held]
    got = function(g)
    after = [array.copy() for array in held]
    for array, old in zip(held, before, strict=True):
        array[...] = old
    for new, old in zip(after, before, strict=True):
        agree(f"{where}, changes what it is given", new, old)
    return got
