"""Why a value is not the one that was wanted: the last line of a failed check. See testing.py."""

import itertools
from types import BuiltinMethodType, FunctionType, GeneratorType, MethodType

import numpy as np

METHODS = (type, FunctionType, MethodType, BuiltinMethodType)
NUMBERS = (bool, int, float, complex, np.generic)


class Talk:
    """What may be spoken of: gradients only where the call is about them; counts that have a name."""

    def __init__(self, gradients=False, counts=None):
        self.gradients = gradients
        self.counts = counts or {}


def is_tensor(x):
    """A Tensor is anything that keeps its numbers in `.data`. (An array has one, too: its raw memory.)"""
    return not isinstance(x, (np.ndarray, np.generic, memoryview, type)) and hasattr(x, "data")


def numbers(x):
    """The numbers in x as an array; None if x is not made of numbers."""
    x = x.data if is_tensor(x) else x
    if not isinstance(x, (np.ndarray, list, tuple, *NUMBERS)):
        return None
    try:
        array = np.asarray(x)
    except Exception:  # ragged, or whatever a learner's Tensor does inside a list
        return None
    return array if array.dtype.kind in "biufc" else None


def is_parts(want):
    """A tuple, a dict, or a list of Tensors, arrays or words: compared part by part."""
    if isinstance(want, list):
        return any(is_tensor(x) or isinstance(x, np.ndarray) for x in want) or numbers(want) is None
    return isinstance(want, (tuple, dict))


def place_of(mask):
    return "[" + ", ".join(str(int(n)) for n in np.argwhere(mask)[0]) + "]"


def wide(array):
    return array if array.dtype.kind == "c" else array.astype(np.float64)


# ---------------------------------------------------------------- why: the kind of thing


def why_kind(got, want, talk):
    """Something of another kind came back, or ''."""
    if got is None:
        return "None came back" + ("" if talk.gradients else ": is a `return` missing?")
    if got is NotImplemented:
        return "the operation is not defined for these two"
    if isinstance(got, METHODS):
        return (
            f"`{got.__name__}` itself came back, not what it gives: is `()` missing, or `@property` above it?"
        )
    if isinstance(got, GeneratorType):
        return "a generator came back: it has not computed anything yet"
    if is_parts(want):
        return f"{a_or_an(got)} where {a_or_an(want)} belongs"
    if is_tensor(got):
        return why_data(got.data)
    if is_tensor(want):
        return f"{a_or_an(got)} where a Tensor belongs: is Tensor(...) missing around it?"
    if isinstance(want, np.ndarray) and not isinstance(got, (np.ndarray, np.generic)):
        return f"{a_or_an(got)} where an array or a Tensor belongs"
    return "" if numbers(got) is not None else f"{a_or_an(got)} where numbers belong"


def why_data(data):
    """A Tensor came, but what is inside?"""
    if is_tensor(data):
        return "there is a Tensor inside the Tensor's .data, where an array belongs"
    if not isinstance(data, (np.ndarray, np.generic)):
        return f"the Tensor's .data is {a_or_an(data)}, where an array belongs"
    if data.dtype.kind not in "biufc":
        return f"the Tensor's .data has dtype {data.dtype}: it holds Python objects, not numbers"
    return ""


def a_or_an(x):
    if isinstance(x, np.ndarray):
        return "a NumPy array"
    if isinstance(x, np.generic):
        return f"a NumPy number ({x.dtype})"
    name = "Tensor" if is_tensor(x) else type(x).__name__
    return f"{'an' if name[0] in 'aeiou' else 'a'} {name}"


def why_object(got, want):
    """Neither numbers nor parts: a text, a name, None."""
    if got is None:
        return "None came back: is a `return` missing?"
    if isinstance(got, str) and isinstance(want, str):
        same = [g == w for g, w in zip(got, want, strict=False)] + [False]
        at = same.index(False)
        wanted, came = want[at : at + 20], got[at : at + 20]
        return f"the texts differ from character {at} on: {wanted!r} is wanted, {came!r} came"
    if isinstance(want, (np.dtype, type)):
        return ""
    if type(got) is not type(want):
        return f"{a_or_an(got)} where {'None' if want is None else a_or_an(want)} belongs"
    return ""


def why_keys(got, want):
    """The parts of two tuples, lists or dicts do not pair up, or ''."""
    if isinstance(want, dict) or _all_text(got, want):
        missing, extra = [k for k in want if k not in got], [k for k in got if k not in want]
        told = (("missing", missing), ("not wanted", extra))
        if missing or extra:
            return "; ".join(f"{word}: {', '.join(map(str, keys))}" for word, keys in told if keys)
    if len(got) == len(want):
        return ""
    return f"{len(got)} part{'s' if len(got) != 1 else ''} came, wanted {len(want)}"


def _all_text(got, want):
    return len(got) != len(want) and all(isinstance(x, str) for x in (*got, *want))


def why_tuple(got, want):
    if got == want[::-1]:
        return "the right numbers in reverse order: transposed"
    return "the right numbers in another order" if sorted(got) == sorted(want) else ""


# ---------------------------------------------------------------- why: dtype


def why_dtype(got, want):
    """The values are right, but they are kept in another dtype than they should be; or ''."""
    wanted = _wanted_kinds(got, want)
    g = numbers(got).dtype
    if isinstance(got, (bool, int, float, complex)) or wanted is None or g in wanted:
        return ""
    why = f"the values are right, but they are {g} where {wanted[0]} belongs"
    if g == np.float64 and wanted[0] == np.float32:
        why += ": twice the bytes. NumPy's own arrays and numbers are float64, and one is enough to spread it"
    return why


def _wanted_kinds(got, want):
    """The dtypes that will do; None if any will. A list or a Python number wants what Tensors are made of."""
    w = numbers(want).dtype
    if hasattr(want, "dtype") or is_tensor(want):
        any_float = w == np.float64 and not is_tensor(want)  # NumPy's own choice: nobody asked for it
        return None if any_float else [w] if w.kind in "fcb" else [w, *_integers()]
    if w.kind == "b":
        return [w]
    if not is_tensor(got):
        return None
    return [np.dtype(np.float32)] + (_integers() if w.kind in "ui" else [])


def why_type(got, want):
    """The value is right, but Python keeps it as another type than it should; or ''. A list's items count, too.

    A Tensor, an array or a NumPy integer will do where a number is wanted.
    """
    if isinstance(want, list) and isinstance(got, (list, tuple)):
        if isinstance(got, tuple):
            return f"{a_or_an(got)} where {a_or_an(want)} belongs"
        if any(isinstance(w, float) for w in want):  # in [0.5, 1] the 1 is a float, too
            return ""
        pairs = zip(got, want, strict=True)
        return next(filter(None, (why_type(g, w) for g, w in pairs if not isinstance(g, bool))), "")
    fits = {bool: (bool, np.bool_), int: (int, np.integer), float: (int, float, np.number)}.get(type(want))
    if fits is None or not isinstance(got, NUMBERS):
        return ""
    if isinstance(got, fits) and isinstance(got, bool) <= (type(want) is bool):
        return ""
    return f"the value is right, but it is {a_or_an(got)} where {a_or_an(want)} belongs"


def _integers():
    return [np.dtype(c) for c in np.typecodes["AllInteger"]]


# ---------------------------------------------------------------- why: shape

# Each takes (got, want, talk), arrays, and gives a sentence or ''. The first sentence counts.


def why_shape(g, w, talk):
    return _first(SHAPES, g, w, talk)


def _first(diagnoses, g, w, talk):
    with np.errstate(all="ignore"):
        return next(filter(None, (diagnose(g, w, talk) for diagnose in diagnoses)), "")


def equal(a, b, tolerance=1e-4):
    """Equal enough to recognise one thing in another; the scale is that of b."""
    if a.shape != b.shape or not a.size:
        return False
    if a.dtype.kind in "iu" and b.dtype.kind in "iu":
        return np.array_equal(a, b)  # whole numbers that are off by one are other numbers, however large
    a, b = wide(a), wide(b)
    scale = np.abs(b[np.isfinite(b)]).max(initial=0)
    return bool(np.isclose(a, b, rtol=tolerance, atol=tolerance * scale, equal_nan=True).all())


def few(array):
    """Too few values for a pattern in them: any number is some multiple of any other."""
    return array.size < 4


def _varied(w):
    """Are there different values in w, so that finding them again means something?"""
    return w.size > 1 and not equal(w, np.full_like(w, w.flat[0]))


def _shape_transposed(g, w, talk):
    if g.ndim != w.ndim or w.ndim < 2:
        return ""
    if w.ndim == 2 and g.shape == w.shape[::-1]:
        return _transposed(g, w) or "the shape is transposed: rows and columns are exchanged"
    return _transposed(g, w)


def _transposed(g, w):
    for order in itertools.permutations(range(w.ndim)) if w.ndim <= 4 else ():
        if order != tuple(range(w.ndim)) and equal(g.transpose(order), w):
            if w.ndim == 2:
                return "transposed: the values are right, but rows and columns are exchanged"
            moved = [d for d in range(w.ndim) if order[d] != d]
            return f"transposed: the values are right, but {_name_dims(moved)} are exchanged"
    return ""


def _shape_ones(g, w, talk):
    """Only dims of length 1 are too many or too few."""
    if g.size != w.size or [n for n in g.shape if n != 1] != [n for n in w.shape if n != 1]:
        return ""
    right = "the values are right, but " if equal(g.reshape(w.shape), w) else ""
    what = "too many" if g.ndim > w.ndim else "too few" if g.ndim < w.ndim else "in the wrong place"
    return f"{right}there is a dim of length 1 {what}"


def _shape_reshaped(g, w, talk):
    if not equal(g.ravel(), w.ravel()):
        return ""
    return f"reshaped: the values are right and in order, but {g.shape} is wanted as {w.shape}"


BROADCAST = "which broadcasting stretched: a gradient has its input's shape, the sum over all uses of a value"


def _dims_sets(ndim):
    dims = range(ndim)
    return itertools.chain.from_iterable(itertools.combinations(dims, n) for n in range(1, ndim + 1))


def _name_dims(dims):
    if len(dims) == 1:
        return f"dim {dims[0]}"
    return f"dims {', '.join(map(str, dims[:-1]))} and {dims[-1]}"


def _shape_not_reduced(g, w, talk):
    """Summing (averaging, taking the largest of) what came over some dims gives what is wanted."""
    for dims in _dims_sets(g.ndim) if g.ndim <= 4 else ():
        for name, reduce in (("sum", np.sum), ("mean", np.mean), ("max", np.max)):
            for keep in (False, True):
                if not few(g) and equal(reduce(wide(g), axis=dims, keepdims=keep), w):
                    if name == "sum" and talk.gradients:
                        return f"not summed back over {_name_dims(dims)}, {BROADCAST}"
                    return f"the {name} over {_name_dims(dims)} is missing"
    return ""


def _shape_reduced(g, w, talk):
    for dims in _dims_sets(w.ndim) if w.ndim <= 4 else ():
        for name, reduce in (("sum", np.sum), ("mean", np.mean), ("max", np.max)):
            for keep in (False, True):
                if not few(w) and equal(g, reduce(wide(w), axis=dims, keepdims=keep)):
                    return f"this is the {name} over {_name_dims(dims)} of what is wanted"
    return ""


def _shape_repeated(g, w, talk):
    try:
        stretched = np.broadcast_to(w, g.shape)
    except ValueError:
        return ""
    return f"every value came several times: {w.shape} was stretched" if equal(g, stretched) else ""


def _shape_unstretched(g, w, talk):
    try:
        stretched = np.broadcast_to(g, w.shape)
    except ValueError:
        return ""
    return f"the values are right, but not stretched to {w.shape}" if equal(stretched, w) else ""


def _shape_not_summed_back(g, w, talk):
    """A gradient whose shape is the broadcast one, with values that are wrong, too."""
    if not talk.gradients:
        return ""
    try:
        stretched = np.broadcast_shapes(g.shape, w.shape) == g.shape
    except ValueError:
        return ""
    if not stretched:
        return ""
    padded = (1,) * (g.ndim - w.ndim) + w.shape
    dims = [d for d in range(g.ndim) if padded[d] != g.shape[d] or d < g.ndim - w.ndim]
    return f"not summed back over {_name_dims(dims)}, {BROADCAST}"


def _shape_count(g, w, talk):
    if g.ndim != w.ndim:
        return f"{g.ndim} dims came, {w.ndim} are wanted"
    wrong = [d for d in range(w.ndim) if g.shape[d] != w.shape[d]]
    return f"{_name_dims(wrong)} should have length {' and '.join(str(w.shape[d]) for d in wrong)}"


SHAPES = (
    _shape_transposed,
    _shape_ones,
    _shape_reshaped,
    _shape_repeated,
    _shape_unstretched,
    _shape_not_reduced,
    _shape_reduced,
    _shape_not_summed_back,
    _shape_count,
)


# ---------------------------------------------------------------- why: values


def why_values(g, w, wrong, tolerance, talk):
    if w.dtype.kind == "b" or tolerance > 1e-3:  # truth values, or numbers left to chance: no pattern in them
        return not_finite(g, w)
    why = not_finite(g, w) or _near(g, w, tolerance)
    if few(w):
        return why or _first(PLAIN, g, w, talk)
    return why or _first(VALUES, g, w, talk) or _confined(wrong)


def not_finite(g, w):
    """nan or inf where a number is wanted: which, where, how many."""
    if g.dtype.kind not in "fc":
        return ""
    w = wide(w)
    for name, strange, cause in (
        ("nan", np.isnan, "0 / 0, inf - inf, or the log or square root of a negative number"),
        ("inf", np.isinf, f"a division by 0, or beyond what {g.dtype} holds; exp({_exp_limit(g.dtype)}) is"),
    ):
        places = strange(g) & ~strange(w)
        if places.any():
            told = f"{np.count_nonzero(places)} of {g.size} values: {name}, first at {place_of(places)}"
            return f"{told if g.size > 1 else name}: {cause}"
        places = strange(w) & ~strange(g)
        if places.any():
            return f"{name} should have passed through" + (f" at {place_of(places)}" if w.ndim else "")
    return ""


def _exp_limit(dtype):
    return int(np.log(np.finfo(dtype).max)) + 1


def _zeros(g, w, talk):
    if not w.any() or g.any():
        return ""
    return "every value is 0: was nothing computed, or not kept?"


def _sign(g, w, talk):
    return "the sign is wrong" if w.any() and equal(-wide(g), w) else ""


def _truncated(g, w, talk):
    chance = g.dtype.kind == "f" and not g.any()
    if chance or w.dtype.kind not in "fiu" or not np.array_equal(np.trunc(wide(w)), wide(g)):
        return ""
    cause = f"the values are kept as {g.dtype}" if g.dtype.kind in "iu" else "is it `//` in place of `/`?"
    return f"the part behind the decimal point was cut off: {cause}"


def _rearranged(g, w, talk):
    """The right values in the wrong places."""
    if not _varied(w) or not equal(np.sort(g, axis=None), np.sort(w, axis=None)):
        return ""
    return _transposed_square(g, w) or _moved(g, w) or "the right values in the wrong places"


def _transposed_square(g, w):
    if w.ndim < 2:
        return ""
    for i, j in itertools.combinations(range(w.ndim), 2):
        shape = list(w.shape)
        shape[i], shape[j] = shape[j], shape[i]
        if w.shape[i] != w.shape[j] and equal(g.reshape(shape).swapaxes(i, j), w):
            return (
                "a reshape in place of a transpose, or the reverse: a reshape keeps the values in order, "
                "a transpose makes rows into columns"
            )
    return _transposed(g, w)


def _moved(g, w):
    for dim in range(w.ndim):
        along = f" along dim {dim}" if w.ndim > 1 else ""
        if equal(np.flip(g, dim), w):
            return f"reversed{along}"
        for step in (1, -1):
            if equal(np.roll(g, step, dim), w):
                return f"shifted by one place{along}"
    return ""


def _factor(g, w, talk):
    """Every value is the same multiple of what is wanted."""
    known = np.isfinite(w) & (np.abs(wide(w)) > 1e-6 * np.abs(wide(w)).max(initial=0))
    if not known.any():
        return ""
    ratios = wide(g)[known] / wide(w)[known]
    factor = float(np.median(ratios.real))
    if not 1e-2 < abs(np.log(abs(factor))) < np.inf or not equal(wide(g), factor * wide(w), 1e-3):
        return ""
    return _say_factor(factor, w, talk)


def _say_factor(factor, w, talk):
    size, word = (abs(factor), "large") if abs(factor) >= 1 else (1 / abs(factor), "small")
    whole = abs(size - round(size)) < 1e-3 * size
    if (w == w.flat[0]).all() and not whole and not _logs(size):
        return ""  # one number, or one that repeats, is a multiple of any other
    number = str(round(size)) if whole else f"{size:.4g}"
    sign = ", and the sign is wrong" if factor < 0 else ""
    return f"every value is {number} times too {word}{sign}" + _say_cause(size, whole, word, w, talk)


def _logs(size):
    for base in (2, 10):
        if abs(size * np.log(base) - 1) < 1e-3 or abs(size / np.log(base) - 1) < 1e-3:
            return f": log{base} in place of log?"
    return ""


def _say_cause(size, whole, word, w, talk):
    if not whole:
        return _logs(size)
    n = round(size)
    name = _count_names(w.shape, talk).get(n, "")
    name = f": {n} is {name}" if name else ""
    if not name:
        return ""
    if word == "large":
        return f"{name}; is a mean missing where there is a sum?"
    if talk.gradients and n == 2:
        return "; the gradients of an input that is used twice are added (+=), the second replaces none (=)"
    return f"{name}; is it divided once too often, or by too much?"


def _count_names(shape, talk):
    """What a number may count: 4 -> 'the number of rows'."""
    dims = ("the number of rows", "the number of columns") if len(shape) == 2 else ()
    names = {n: dims[d] if dims else f"the length of dim {d}" for d, n in reversed(list(enumerate(shape)))}
    names = {int(np.prod(shape)): "the number of values", **(names if len(shape) > 1 else {})}
    return {**talk.counts, **{n: name for n, name in names.items() if n > 1}}


def _offset(g, w, talk):
    if not _varied(w):
        return ""
    step = float(np.median((wide(g) - wide(w)).real))
    if not np.isfinite(step) or step == 0 or not equal(wide(g) - step, w):
        return ""
    return f"every value is {abs(step):.4g} too {'large' if step > 0 else 'small'}"


# What may have been forgotten or done too much: a sentence, and what then comes in place of w
RELATIONS = (
    ("the values are the squares of what is wanted", np.square),
    ("the values are the square roots of what is wanted", np.sqrt),
    ("the values are the exponentials of what is wanted: is a log missing?", np.exp),
    ("the values are the logs of what is wanted: is an exp missing?", np.log),
    ("the values are upside down: 1 / x where x is wanted", lambda w: 1 / w),
    ("the values are 1 minus what is wanted", lambda w: 1 - w),
    ("negative values came out positive", np.abs),
    ("negative values came out as 0", lambda w: np.maximum(w, 0)),
    ("positive values came out as 0", lambda w: np.minimum(w, 0)),
)


def _relation(g, w, talk):
    if not _varied(w) or w.dtype.kind not in "fiu":
        return ""
    w = wide(w)
    return next((why for why, function in RELATIONS if equal(g, function(w))), "")


def _other_dim(g, w, talk):
    """What should add up to 1 (softmax, shares) adds up to 1 along another dim."""
    for right, wrong in itertools.permutations(range(w.ndim), 2):
        if _is_one(w, right) and not _is_one(w, wrong) and _is_one(g, wrong):
            return f"the values add up to 1 along dim {wrong}; they should along dim {right}"
    return ""


def _is_one(x, dim):
    return equal(wide(x).sum(dim), np.ones_like(x, np.float64).mean(dim))


VALUES = (_truncated, _zeros, _sign, _rearranged, _factor, _relation, _other_dim, _offset)
PLAIN = (_sign, _rearranged)  # what is so whatever the number of values


def _near(g, w, tolerance):
    with np.errstate(all="ignore"):
        error, size = np.abs(wide(g) - wide(w)).max(), np.abs(wide(w)).max()
    if w.dtype.kind != "f" or not error < 100 * tolerance * size:
        return ""
    return (
        f"nearly right: the largest difference is {error:.2g}, allowed is about {tolerance * (1 + size):.2g}"
    )


def _confined(wrong):
    """Only one row (column, place along a dim) is wrong: often a loop that starts late or stops early."""
    if wrong.all():
        return ""
    for dim, length in enumerate(wrong.shape):
        places = np.flatnonzero(wrong.any(tuple(d for d in range(wrong.ndim) if d != dim)))
        if len(places) == 1 and length > 2:
            at = int(places[0])
            hint = ": does a loop stop too early?" if at == length - 1 else ""
            name = {1: ("value",), 2: ("row", "column")}.get(wrong.ndim, ())
            what = f"{name[dim]} {at}" if name else f"index {at} of dim {dim}"
            return f"only {what} is wrong{hint}"
    return ""
