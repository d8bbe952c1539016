"""What `Tensor` inherits: three attributes that refuse what would go wrong later, and PyTorch's names of methods.

Each method is made of the operations that the learner wrote, in `home(self)`; the few others are in `operations.py`.
"""

import math
from operator import attrgetter

import numpy as np

from tinytorch import _writes
from tinytorch._names.operations import home, operation
from tinytorch._names.types import as_dtype, device, size_of

# -- attributes --------------------------------------------------------------------------------------------


def set_data(tensor, value):
    """The first array is taken as it is; a later one is made of the tensor's own type, and counts as a change."""
    if "_data" in tensor.__dict__:
        value = replacement(value, tensor._data)
        if value is tensor._data:
            _writes.changed(value)
    tensor._data = value


def replacement(value, old):
    if value is old:
        return old
    value = getattr(value, "_data", value)
    array = value if type(value) is np.ndarray else np.asarray(value)
    if array.dtype.kind not in "biuf":
        raise TypeError(f".data holds an array of numbers, not {type(value).__name__}: {value!r}")
    both_floats = array.dtype.kind == getattr(old, "dtype", array.dtype).kind == "f"
    return array.astype(old.dtype, copy=False) if both_floats else array


def set_requires_grad(tensor, value):
    if value and tensor._data.dtype.kind != "f":
        raise RuntimeError(
            f"only tensors of floats can require a gradient, this one holds {tensor.dtype}; x.float() makes floats"
        )
    tensor._requires_grad = value


def set_grad(tensor, value):
    if value is not None:
        if not isinstance(value, TensorNames):
            raise TypeError(f"a gradient is a Tensor or None, not {type(value).__name__}")
        if value.shape != tensor.shape:
            raise RuntimeError(f"a tensor of shape {tensor.shape} cannot have a gradient of shape {value.shape}")
    tensor._grad = value


# -- in place ----------------------------------------------------------------------------------------------


def put(tensor, result):
    """`tensor` becomes `result`, in its own memory; one whose history is being kept takes over the history too."""
    if not result.requires_grad:
        np.copyto(tensor._data, np.broadcast_to(result._data, tensor.shape), casting="unsafe")
        _writes.changed(tensor._data)
    elif tensor.requires_grad and tensor._node is None:
        raise RuntimeError(
            f"a change in place of a tensor of shape {tensor.shape} with requires_grad=True: "
            "do it inside no_grad(), or change x.data instead"
        )
    else:
        result = result.expand(tensor.shape) if result.shape != tensor.shape else result
        tensor._data, tensor._node, tensor._requires_grad = result._data, result._node, True
    return tensor


def placed(tensor, index, value):
    """`tensor` with `value` at `index`, made of operations so that both keep their history."""
    core = home(tensor)
    chosen = np.zeros(tensor.shape, bool)
    chosen[index] = True
    value = value.expand(np.empty(tensor.shape, bool)[index].shape)
    source = np.zeros(tensor.shape, np.int64)
    source[index] = np.arange(value.size).reshape(value.shape)
    return operation("where", core.wrap(chosen), value.reshape(-1)[source], tensor, core=core)


class TensorNames:
    """PyTorch's names of methods."""

    _requires_grad = False
    _grad = None

    data = property(attrgetter("_data"), set_data, doc="The NumPy array with the numbers.")
    requires_grad = property(attrgetter("_requires_grad"), set_requires_grad, doc="Whether gradients are asked for.")
    grad = property(attrgetter("_grad"), set_grad, doc="The gradient that backward() has left here, or None.")

    def __getattr__(self, name):
        if not name.startswith("_"):
            from tinytorch._names.absent import method

            raise AttributeError(method(name) or f"'{type(self).__name__}' object has no attribute {name!r}")
        raise AttributeError(f"'{type(self).__name__}' object has no attribute {name!r}")

    # -- as Python values

    def __format__(self, spec):
        if spec and self.ndim:
            raise TypeError(f"{spec!r} formats a single number, not a tensor of shape {self.shape}")
        return format(self.item(), spec) if spec else str(self)

    def __index__(self):
        if self._data.dtype.kind not in "iu" or self._data.size != 1:
            raise TypeError(f"only one whole number can be an index, not shape {self.shape} of {self.dtype}")
        return int(self._data.item())

    def __contains__(self, value):
        return bool((self == value).any())

    def __setitem__(self, index, value):
        index = home(self).plain_index(index)
        value = value if isinstance(value, TensorNames) else home(self).tensor(value)
        if self.requires_grad or value.requires_grad:
            put(self, placed(self, index, value))
        else:
            self._data[index] = value._data
            _writes.changed(self._data)

    # -- shapes

    @property
    def size(self):
        return size_of(self._data.shape, self._data.size)

    @property
    def mT(self):
        return self.transpose(-1, -2)

    def dim(self):
        return self.ndim

    def numel(self):
        return int(self._data.size)

    def nelement(self):
        return int(self._data.size)

    def element_size(self):
        return self._data.itemsize

    def view(self, *shape):
        return self.reshape(*shape)

    def view_as(self, other):
        return self.reshape(other.shape)

    def reshape_as(self, other):
        return self.reshape(other.shape)

    def t(self):
        if self.ndim > 2:
            raise RuntimeError(f"t() is for matrices; this tensor has shape {self.shape}: use transpose(dim0, dim1)")
        return self.T

    def swapaxes(self, dim0, dim1):
        return self.transpose(dim0, dim1)

    def flatten(self, start_dim=0, end_dim=-1):
        shape = self.shape or (1,)
        start, end = start_dim % len(shape), end_dim % len(shape)
        return self.reshape(*shape[:start], math.prod(shape[start : end + 1]), *shape[end + 1 :])

    def squeeze(self, dim=None):
        dims = range(self.ndim) if dim is None else [d % max(self.ndim, 1) for d in np.atleast_1d(dim)]
        return self.reshape(tuple(n for i, n in enumerate(self.shape) if n != 1 or i not in dims))

    def unsqueeze(self, dim):
        if not -self.ndim - 1 <= dim <= self.ndim:
            raise IndexError(f"dim {dim} is out of range for a tensor of shape {self.shape}")
        shape = list(self.shape)
        shape.insert(dim % (self.ndim + 1), 1)
        return self.reshape(shape)

    def expand(self, *shape):
        shape = home(self).sizes(shape)
        missing = len(shape) - self.ndim
        shape = tuple(self.shape[i - missing] if n == -1 else n for i, n in enumerate(shape))
        if self.shape == shape:
            return self
        if np.broadcast_shapes(self.shape, shape) != shape:
            raise RuntimeError(f"a tensor of shape {self.shape} cannot be expanded to {shape}")
        core = home(self)
        return operation("where", core.wrap(np.ones(shape, bool)), self, 0, core=core)

    def expand_as(self, other):
        return self.expand(other.shape)

    def repeat(self, *times):
        times = home(self).sizes(times)
        own = (1,) * (len(times) - self.ndim) + self.shape
        apart = self.reshape(sum(((1, n) for n in own), ()))
        spread = apart.expand(sum(zip(times, own, strict=True), ()))
        return spread.reshape(tuple(t * n for t, n in zip(times, own, strict=True)))

    def contiguous(self):
        return self

    def is_contiguous(self):
        return bool(self._data.flags.c_contiguous)

    def narrow(self, dim, start, length):
        return self[(slice(None),) * (dim % self.ndim) + (slice(start, start + length),)]

    def select(self, dim, index):
        return self[(slice(None),) * (dim % self.ndim) + (index,)]

    def index_select(self, dim, index):
        return self[(slice(None),) * (dim % self.ndim) + (index,)]

    def unbind(self, dim=0):
        return tuple(self.select(dim, i) for i in range(self.shape[dim]))

    def split(self, size, dim=0):
        total = self.shape[dim]
        lengths = [min(size, total - i) for i in range(0, total, size)] if isinstance(size, int) else list(size)
        if sum(lengths) != total:
            raise RuntimeError(f"split({lengths}) does not add up to {total}, the size of dim {dim}")
        return tuple(self.narrow(dim, sum(lengths[:i]), n) for i, n in enumerate(lengths))

    def chunk(self, chunks, dim=0):
        return self.split(-(-self.shape[dim] // chunks), dim)

    def flip(self, *dims):
        dims = [d % self.ndim for d in home(self).sizes(dims)]
        return self[tuple(slice(None, None, -1 if i in dims else None) for i in range(self.ndim))]

    def gather(self, dim, index):
        grids = list(np.indices(index.shape))
        grids[dim] = home(self).whole_numbers(index, "index")
        return self[tuple(grids)]

    def tril(self, diagonal=0):
        rows, columns = (np.arange(n) for n in self.shape[-2:])
        return self.masked_fill(columns > rows[:, None] + diagonal, 0)

    def triu(self, diagonal=0):
        rows, columns = (np.arange(n) for n in self.shape[-2:])
        return self.masked_fill(columns < rows[:, None] + diagonal, 0)

    # -- types and devices

    def to(self, *kinds, dtype=None, device=None, non_blocking=False, copy=False):
        result = self
        for kind in (*kinds, dtype, device):
            kind = kind.dtype if isinstance(kind, TensorNames) else kind
            wanted = None if kind is None or isinstance(kind, bool) else as_dtype(kind)
            if wanted is not None and wanted != result.dtype:
                result = operation("cast", result, home(self).tensor(0, dtype=wanted))
        return result.clone() if copy and result is self else result

    def type_as(self, other):
        return self.to(other.dtype)

    def float(self):
        return self.to(np.float32)

    def double(self):
        return self.to(np.float64)

    def long(self):
        return self.to(np.int64)

    def int(self):
        return self.to(np.int32)

    def bool(self):
        return self != 0

    def cpu(self):
        return self

    @property
    def device(self):
        return device("cpu")

    @property
    def is_cuda(self):
        return False

    def is_floating_point(self):
        return self._data.dtype.kind == "f"

    # -- the graph

    @property
    def is_leaf(self):
        return self._node is None

    @property
    def grad_fn(self):
        return self._node

    def clone(self):
        return operation("cast", self, home(self).tensor(0, dtype=self.dtype))

    def requires_grad_(self, requires_grad=True):
        self.requires_grad = requires_grad
        return self

    def detach_(self):
        self._node, self._requires_grad = None, False
        return self

    # -- arithmetic under its names

    def add(self, other, alpha=1):
        return self + other if alpha == 1 else self + other * alpha

    def sub(self, other, alpha=1):
        return self - other if alpha == 1 else self - other * alpha

    def mul(self, other):
        return self * other

    def div(self, other):
        return self / other

    def pow(self, exponent):
        return self**exponent

    def neg(self):
        return -self

    def square(self):
        return self * self

    def rsqrt(self):
        return 1 / self.sqrt()

    def reciprocal(self):
        return 1 / self

    def matmul(self, other):
        return self @ other

    def mm(self, other):
        return self @ other

    def bmm(self, other):
        return self @ other

    def mv(self, other):
        return self @ other

    def dot(self, other):
        return self @ other

    def sin(self):
        return operation("sin", self.floats())

    def cos(self):
        return operation("cos", self.floats())

    def floor(self):
        return operation("floor", self)

    def round(self):
        return operation("round", self)

    def log2(self):
        return self.log() / math.log(2)

    def log10(self):
        return self.log() / math.log(10)

    def sign(self):
        return (self > 0).to(self.dtype) - (self < 0).to(self.dtype)

    def floats(self):
        return self if self._data.dtype.kind == "f" else self.float()

    def __floordiv__(self, other):
        quotient = (self / other).floor()
        whole = self._data.dtype.kind in "iu" and np.asarray(getattr(other, "_data", other)).dtype.kind in "iu"
        return quotient.long() if whole else quotient

    def __mod__(self, other):
        return self - (self // other) * other

    # -- comparisons and truth values

    def eq(self, other):
        return self == other

    def ne(self, other):
        return self != other

    def lt(self, other):
        return self < other

    def le(self, other):
        return self <= other

    def gt(self, other):
        return self > other

    def ge(self, other):
        return self >= other

    def __invert__(self):
        return truths(self, "~") == 0

    def __and__(self, other):
        return truths(self, "&") * truths(other, "&")

    def __or__(self, other):
        return truths(self, "|") + truths(other, "|")

    def __xor__(self, other):
        return truths(self, "^") != truths(other, "^")

    def logical_not(self):
        return self == 0

    def logical_and(self, other):
        return self.bool() & other.bool()

    def logical_or(self, other):
        return self.bool() | other.bool()

    def any(self, dim=None, keepdim=False):
        return (self != 0).sum(dim, keepdim) > 0

    def all(self, dim=None, keepdim=False):
        return (self == 0).sum(dim, keepdim) == 0

    def isnan(self):
        return self != self

    def isinf(self):
        return abs(self) == math.inf

    def isfinite(self):
        return (self - self) == 0

    def equal(self, other):
        return self.shape == other.shape and bool((self == other).all())

    def allclose(self, other, rtol=1e-5, atol=1e-8, equal_nan=False):
        near = (abs(self - other) <= atol + rtol * abs(other)) | (self == other)
        return bool((near | (self.isnan() & other.isnan()) if equal_nan else near).all())

    def where(self, condition, other):
        return operation("where", as_truths(self, condition), self, other, core=home(self))

    def masked_fill(self, mask, value):
        return operation("where", as_truths(self, mask), value, self, core=home(self))

    def masked_select(self, mask):
        return self[as_truths(self, mask)]

    def maximum(self, other):
        return pair(self, other).max(0)

    def minimum(self, other):
        return -pair(-self, -other).max(0)

    def clamp(self, min=None, max=None):
        if min is None and max is None:
            raise ValueError("clamp needs min, max or both")
        x = self if min is None else operation("where", self < min, min, self, core=home(self))
        return x if max is None else operation("where", x > max, max, x, core=home(self))

    def clip(self, min=None, max=None):
        return self.clamp(min, max)

    # -- reductions

    def min(self, dim=None, keepdim=False):
        if isinstance(dim, TensorNames):
            return self.minimum(dim)
        return -(-signed(self)).max(dim, keepdim)

    def amin(self, dim=None, keepdim=False):
        return self.min(dim, keepdim)

    def amax(self, dim=None, keepdim=False):
        return self.max(dim, keepdim)

    def argmin(self, dim=None, keepdim=False):
        return (-signed(self)).argmax(dim, keepdim)

    def var(self, dim=None, unbiased=True, keepdim=False, correction=None):
        if isinstance(dim, bool):
            dim, unbiased = None, dim
        distance = self - self.mean(dim, keepdim=True)
        total = (distance * distance).sum(dim, keepdim)
        return total / (self.numel() / total.numel() - (unbiased if correction is None else correction))

    def std(self, dim=None, unbiased=True, keepdim=False, correction=None):
        return self.var(dim, unbiased, keepdim, correction).sqrt()

    def norm(self, p=2, dim=None, keepdim=False):
        if p == math.inf:
            return abs(self).max(dim, keepdim)
        if p == 1:
            return abs(self).sum(dim, keepdim)
        if p not in (2, "fro"):
            raise ValueError(f"norm knows p = 1, 2 and inf, not {p!r}")
        squares = (self * self).sum(dim, keepdim)
        nothing = squares == 0  # the root is infinitely steep at 0
        return squares.masked_fill(nothing, 1).sqrt().masked_fill(nothing, 0)

    def cumsum(self, dim):
        return operation("cumsum", self, dim=dim)

    def argsort(self, dim=-1, descending=False):
        return operation("argsort", self, dim=dim, descending=descending)

    def sort(self, dim=-1, descending=False):
        order = self.argsort(dim, descending)
        return self.gather(dim, order), order

    def topk(self, k, dim=-1, largest=True, sorted=True):
        if k > self.shape[dim]:
            raise RuntimeError(f"topk({k}) of only {self.shape[dim]} values along dim {dim}")
        order = self.argsort(dim, descending=largest).narrow(dim, 0, k)
        return self.gather(dim, order), order

    # -- what later modules bring

    def relu(self):
        return functional().relu(self)

    def sigmoid(self):
        return functional().sigmoid(self)

    def tanh(self):
        return functional().tanh(self)

    def softmax(self, dim, dtype=None):
        return functional().softmax(self, dim)

    def log_softmax(self, dim, dtype=None):
        return functional().log_softmax(self, dim)

    def multinomial(self, num_samples, replacement=False):
        from tinytorch._names.functions import multinomial

        return multinomial(self, num_samples, replacement)

    # -- new tensors like this one

    def new_tensor(self, data):
        return home(self).tensor(data, dtype=self.dtype)

    def new_zeros(self, *shape):
        return home(self).zeros(*shape).to(self.dtype)

    def new_ones(self, *shape):
        return home(self).ones(*shape).to(self.dtype)

    def new_full(self, shape, value):
        return self.new_zeros(shape).fill_(value)

    # -- in place

    def copy_(self, other):
        return put(self, other if isinstance(other, TensorNames) else home(self).tensor(other))

    def fill_(self, value):
        return self.copy_(value)

    def zero_(self):
        return self.fill_(0)

    def add_(self, other, alpha=1):
        return put(self, self.add(other, alpha))

    def sub_(self, other, alpha=1):
        return put(self, self.sub(other, alpha))

    def mul_(self, other):
        return put(self, self * other)

    def div_(self, other):
        return put(self, self / other)

    def clamp_(self, min=None, max=None):
        return put(self, self.clamp(min, max))

    def masked_fill_(self, mask, value):
        return put(self, self.masked_fill(mask, value))

    def normal_(self, mean=0.0, std=1.0):
        return put(self, home(self).randn(self.shape) * std + mean)

    def uniform_(self, low=0.0, high=1.0):
        return put(self, home(self).wrap(home(self).rng.random(self.shape, np.float32)) * (high - low) + low)

    def bernoulli_(self, p=0.5):
        return put(self, home(self).wrap(home(self).rng.random(self.shape, np.float32) < p))


def functional():
    from tinytorch.nn import functional

    return functional


def pair(a, b):
    """Two tensors of one shape, one above the other."""
    shape = np.broadcast_shapes(a.shape, b.shape)
    a, b = a.expand(shape), b.expand(shape)
    return operation("cat", a.unsqueeze(0), b.unsqueeze(0), dim=0)


def signed(tensor):
    """`tensor`, or whole numbers with a sign where its own type has none."""
    return tensor if tensor.dtype.kind in "if" else tensor.long()


def truths(x, sign):
    kind = np.asarray(getattr(x, "_data", x)).dtype
    if kind.kind != "b":
        raise TypeError(f"{sign} takes truth values, such as x > 0 gives, not {kind}")
    return x


def as_truths(tensor, mask):
    """A mask of truth values as a Tensor; TypeError for numbers, which may mean anything."""
    mask = mask if isinstance(mask, TensorNames) else home(tensor).tensor(mask)
    return truths(mask, "a mask")


