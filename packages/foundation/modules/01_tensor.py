# %% [markdown]
# {header}

# %% [markdown]
# ## The problem
#
# Before a program can learn from a photograph, a sentence or a sound, it must turn them into arrays of
# numbers. A grey image is an array with two dimensions, a colour image has three, a batch of colour
# images four. The word for all of them is *tensor*: elements, a shape, and one type for all elements.
#
# NumPy already has such arrays. Why write a class around them? There are three reasons:
#
# 1. **Bytes.** A model fits in memory or it does not, so the class should say what it occupies. The
#    60,000 training images of MNIST have 28 x 28 elements each: 60,000 x 784 x 4 bytes = 188 MB. With
#    NumPy's default type of 8 bytes they would take twice as much, and no model would be better for it.
# 2. **One type.** When the types of two inputs differ, NumPy silently takes the larger one. A single
#    8-byte number can double the memory of everything computed after it. Ours will not.
# 3. **One door.** A framework must be able to watch every operation, to time it, to count it, and to
#    replace it by a faster one. That is possible if all operations go through one function. You write
#    that function today.
#
# Four names in the class do nothing yet: `requires_grad`, `grad`, `detach` and `backward`. They are here
# now so that code you write today keeps working later, unchanged.

# %% [markdown]
# ## Build
#
# ### A tensor and its bytes
#
# `np.array` does most of the work of `Tensor.__init__`, and gets three things wrong for us. It keeps
# 8-byte floats. It turns `None` and text into arrays of objects, which fail much later and far away.
# And when rows differ in length, its message is about "inhomogeneous shapes". `as_array` is given and
# takes care of all but the first. Boolean values, such as a comparison gives, are the exception from
# float32: a mask must stay one.
#
# The class is long, but most of its methods are one line that calls `apply`, `reduce` or `update`, and the
# last two call `apply` as well. You may skim them. `apply` is the door, and it comes next.

# %% solution="tensor"
#| default_exp core.tensor
#| export
#| hint A learner passes a list, an array, another Tensor. What has to be the same afterwards?
#| hint `as_array` gives you an array of any number type; `__init__` has to make it np.float32.
#| hint self.data is the array as it is if its dtype is bool, else its astype(np.float32). An array has nbytes.
import functools
import math
import time
import tracemalloc

import numpy as np

from tinytorch._names.creation import with_options
from tinytorch._names.tensor import TensorNames
from tinytorch._writes import changed


def as_array(data):
    """A copy of `data` as a NumPy array of numbers; ValueError for ragged rows, TypeError for others.

    >>> as_array([[1, 2], [3, 4]]).shape
    (2, 2)
    """
    try:
        array = np.array(data.data if isinstance(data, Tensor) else data)
    except ValueError:
        raise ValueError(f"the rows differ in length, so they have no shape: {data!r}") from None
    if array.dtype.kind not in "biuf":
        raise TypeError(f"a tensor holds numbers, not {type(data).__name__}: {data!r}")
    return array


class Tensor(TensorNames):
    """An n-dimensional array of float32 numbers, as `torch.Tensor`.

    `Tensor(data)` copies numbers, lists, arrays or another Tensor; truth values stay truth values. `data` is
    the NumPy array inside.
    Raises ValueError for rows of different lengths, TypeError for what is not a number.

    >>> x = Tensor([[1, 2, 3], [4, 5, 6]])
    >>> x.shape, x.dtype, x.memory_footprint()
    ((2, 3), dtype('float32'), 24)
    """

    _node = None
    __hash__ = object.__hash__

    def __init__(self, data, requires_grad=False):
        ### BEGIN SOLUTION
        array = as_array(data)
        self.data = array if array.dtype == bool else array.astype(np.float32, copy=False)
        self.requires_grad = requires_grad
        ### END SOLUTION

    def memory_footprint(self):
        """The bytes that the numbers occupy: their count times the bytes of one."""
        ### BEGIN SOLUTION
        return self.data.nbytes
        ### END SOLUTION

    @property
    def shape(self):
        return self.data.shape

    @property
    def ndim(self):
        return self.data.ndim

    @property
    def dtype(self):
        return self.data.dtype

    @property
    def nbytes(self):
        return self.data.nbytes

    @property
    def T(self):
        return apply("permute", self, dims=tuple(reversed(range(self.ndim))))

    def __add__(self, other):
        return apply("add", self, other)

    def __radd__(self, other):
        return apply("add", other, self)

    def __sub__(self, other):
        return apply("sub", self, other)

    def __rsub__(self, other):
        return apply("sub", other, self)

    def __mul__(self, other):
        return apply("mul", self, other)

    def __rmul__(self, other):
        return apply("mul", other, self)

    def __truediv__(self, other):
        return apply("div", self, other)

    def __rtruediv__(self, other):
        return apply("div", other, self)

    def __pow__(self, other):
        return apply("pow", self, other)

    def __rpow__(self, other):
        return apply("pow", other, self)

    def __matmul__(self, other):
        return apply("matmul", self, other)

    def __rmatmul__(self, other):
        return apply("matmul", other, self)

    def __neg__(self):
        return apply("neg", self)

    def __abs__(self):
        return apply("abs", self)

    def __eq__(self, other):
        return apply("eq", self, other) if comparable(other) else NotImplemented

    def __ne__(self, other):
        return apply("ne", self, other) if comparable(other) else NotImplemented

    def __lt__(self, other):
        return apply("lt", self, other)

    def __le__(self, other):
        return apply("le", self, other)

    def __gt__(self, other):
        return apply("gt", self, other)

    def __ge__(self, other):
        return apply("ge", self, other)

    def __getitem__(self, index):
        return apply("getitem", self, index=plain_index(index))

    def __iadd__(self, other):
        return update("add", self, other)

    def __isub__(self, other):
        return update("sub", self, other)

    def __imul__(self, other):
        return update("mul", self, other)

    def __itruediv__(self, other):
        return update("div", self, other)

    def exp(self):
        return apply("exp", self)

    def log(self):
        return apply("log", self)

    def sqrt(self):
        return apply("sqrt", self)

    def abs(self):
        return apply("abs", self)

    def sum(self, dim=None, keepdim=False, **numpy_words):
        return reduce("sum", self, dim, keepdim, **numpy_words)

    def mean(self, dim=None, keepdim=False, **numpy_words):
        return reduce("mean", self, dim, keepdim, **numpy_words)

    def max(self, dim=None, keepdim=False, **numpy_words):
        return reduce("max", self, dim, keepdim, **numpy_words)

    def argmax(self, dim=None, keepdim=False, **numpy_words):
        return reduce("argmax", self, dim, keepdim, **numpy_words)

    def reshape(self, *shape):
        return apply("reshape", self, shape=sizes(shape))

    def permute(self, *dims):
        return apply("permute", self, dims=sizes(dims))

    def transpose(self, dim0, dim1):
        if self.ndim == 0 and {dim0, dim1} <= {0, -1}:
            return self
        return apply("transpose", self, dim0=dim0, dim1=dim1)

    def detach(self):
        return wrap(self.data)

    def backward(self, gradient=None, retain_graph=False):
        """Does nothing yet."""

    def numpy(self):
        return self.data

    def item(self):
        if self.size != 1:
            raise ValueError(f"item() needs a tensor of one number, this one has shape {self.shape}")
        return self.data.item()

    def tolist(self):
        return self.data.tolist()

    def __float__(self):
        return float(self.item())

    def __int__(self):
        return int(self.item())

    def __bool__(self):
        return bool(self.item())

    def __len__(self):
        if self.ndim == 0:
            raise TypeError("a tensor of shape () has no length")
        return len(self.data)

    def __iter__(self):
        return (self[i] for i in range(len(self)))

    def __repr__(self):
        name = type(self).__name__
        return f"{name}({np.array2string(self.data, separator=', ', prefix=f'{name}(', precision=4)})"

    def __array__(self, dtype=None, copy=None):
        return np.array(self.data, dtype=dtype, copy=copy)

    def __array_ufunc__(self, ufunc, method, *inputs, out=None, **options):
        """`array -= tensor` works in place, `array + tensor` is a Tensor; other mixtures are refused."""
        if out is not None:
            arrays = [x.data if isinstance(x, Tensor) else x for x in inputs]
            return getattr(ufunc, method)(*arrays, out=out, **options)
        if method == "__call__" and ufunc in operation_names:
            return apply(operation_names[ufunc], *inputs)
        raise TypeError(
            f"np.{ufunc.__name__} does not work on a Tensor; use the Tensor's method, or x.numpy()"
        )


# %% test="tensor" points=12
from tinytorch.testing import check, check_raises


def test_tensor_holds_float32():
    check(
        "Tensor([[1, 2, 3], [4, 5, 6]])",
        Tensor([[1, 2, 3], [4, 5, 6]]),
        np.array([[1, 2, 3], [4, 5, 6]], np.float32),
    )
    check("Tensor(7.5)", Tensor(7.5), np.float32(7.5))
    check("Tensor(np.ones(2))", Tensor(np.ones(2)), np.ones(2, np.float32))
    check("Tensor([True, False]): truth values stay", Tensor([True, False]), np.array([True, False]))


def test_tensor_keeps_its_own_copy():
    source = np.ones(3, np.float32)
    x = Tensor(source)
    source[0] = 99
    check("Tensor(source), after source[0] = 99", x, np.ones(3, np.float32))


def test_memory_footprint():
    check(
        "Tensor of shape (6000, 784).memory_footprint()",
        Tensor(np.zeros((6000, 784))).memory_footprint(),
        18_816_000,
    )
    check("Tensor([]).memory_footprint()", Tensor([]).memory_footprint(), 0)


def test_requires_grad_is_kept():
    check(
        "Tensor([1.0], requires_grad=True).requires_grad",
        Tensor([1.0], requires_grad=True).requires_grad,
        True,
    )
    check("Tensor([1.0]).requires_grad", Tensor([1.0]).requires_grad, False)


test_tensor_holds_float32()
test_tensor_keeps_its_own_copy()
test_memory_footprint()
test_requires_grad_is_kept()

# %% [markdown]
# ### The door
#
# An operation has a *name* and a *kernel*. The kernel is a function that takes arrays and returns an
# array; it knows nothing about tensors. The table `kernels` maps names to kernels.
#
# `apply` connects the two. It takes the arrays out of the tensors, runs the kernel, and wraps the
# result in a new tensor:
#
# ```
#    a + b  ->  apply("add", a, b)
#
#    tensors  a, b        --- operand --->   arrays
#                                              |   run: kernels["add"](array, array)
#    new tensor, result   <--- wrap -------   array
#         |
#         '--> every observer is called with what happened
# ```
#
# Three details need care:
#
# - The result is float32 again, unless an input was float64 on purpose.
# - If the shapes do not fit, the error names the operation and the shapes.
# - Every function in the list `observers` is told what happened. The list is empty today.
#
# Every operation of this framework goes through `apply`. That makes three things possible from
# outside, without changing a line of anybody's model: to watch operations, to time them, and to
# replace a kernel by a better one.

# %% solution="apply"
#| export
#| hint What does a kernel want, and what does the caller of an operation want back?
#| hint `operand` leads from a tensor to its array, `run` calls the kernel, `wrap` leads back; observers last.
#| hint result = wrap(as_float32(run(name, arrays, attributes), arrays)); call each observer; return result.
kernels = {}
observers = []


def on_floats(function):
    """`function`, but an array of integers or truth values is made float32 first."""
    return lambda a, **attributes: function(a if a.dtype.kind == "f" else a.astype(np.float32), **attributes)


def kernel(name, floats=False):
    """Enter the decorated function in the table of kernels, as the operation `name`.

    With `floats` it is given floats only. NumPy would compute integers of one byte in float16.

    >>> @kernel("double")
    ... def double(a):
    ...     return 2 * a
    >>> apply("double", Tensor([1.0, 2.0]))
    Tensor([2., 4.])
    """

    def enter(function):
        kernels[name] = on_floats(function) if floats else function
        return function

    return enter


def comparable(x):
    """Whether == compares numbers with x, and not this object with that one."""
    return isinstance(x, (Tensor, np.ndarray, np.generic, int, float, list, tuple))


def wrap(array):
    """A Tensor around `array` itself: no copy, no check, any type."""
    result = Tensor.__new__(Tensor)
    result._data = array  # for `data` itself there is a check, which takes time
    return result


def operand(x, inputs=()):
    """What a kernel gets for `x`: a Tensor's array, a Python number as it is, anything else as float32.

    If one of the `inputs` is a Tensor of float64, an array of float64 keeps its digits.
    """
    if isinstance(x, Tensor):
        return x.data
    if type(x) in (int, float):
        return x
    array = as_array(x)
    if array.dtype != np.float64 or any(isinstance(t, Tensor) and t.dtype == np.float64 for t in inputs):
        return array
    return array.astype(np.float32)


def run(name, arrays, attributes):
    """The kernel's output; a ValueError gets the operation's name and the shapes in front."""
    if name not in kernels:
        raise KeyError(f"there is no kernel {name!r}: import the module that enters it, such as tinytorch.nn")
    try:
        return kernels[name](*arrays, **attributes)
    except ValueError as error:
        shapes = " and ".join(str(np.shape(a)) for a in arrays)
        raise type(error)(f"{name} of {shapes}: {error}") from None


def as_float32(output, arrays):
    """`output` as an array, and as float32 unless one of the inputs was float64 already."""
    if type(output) is np.ndarray and output.dtype != np.float64:
        return output
    output = np.asarray(output)
    wide = any(getattr(a, "dtype", None) == np.float64 for a in arrays)
    return output if wide or output.dtype != np.float64 else output.astype(np.float32)


def apply(name, *inputs, **attributes):
    """Run the operation `name` on tensors, arrays or numbers and return a Tensor: the one door.

    `attributes` are what the kernel needs besides arrays, such as `dim`. Every observer is called with
    `(name, inputs, arrays, attributes, result)`. Raises the kernel's ValueError with name and shapes.

    >>> apply("add", Tensor([1.0, 2.0]), 10)
    Tensor([11., 12.])
    """
    ### BEGIN SOLUTION
    arrays = [operand(x, inputs) for x in inputs]
    output = run(name, arrays, attributes)
    result = wrap(as_float32(output, arrays))
    for observe in observers:
        observe(name, inputs, arrays, attributes, result)
    return result
    ### END SOLUTION


# The operations that NumPy has a function for. The second column is PyTorch's name.
operation_names = {
    np.add: "add",
    np.subtract: "sub",
    np.multiply: "mul",
    np.divide: "div",
    np.negative: "neg",
    np.absolute: "abs",
    np.exp: "exp",
    np.log: "log",
    np.sqrt: "sqrt",
    np.equal: "eq",
    np.not_equal: "ne",
    np.less: "lt",
    np.less_equal: "le",
    np.greater: "gt",
    np.greater_equal: "ge",
}
kernels.update({name: function for function, name in operation_names.items()})


kernels.update({name: on_floats(kernels[name]) for name in ("exp", "log", "sqrt")})


@kernel("pow")
def power(a, b):
    return a**b  # the operator squares by multiplying, np.power does not


def update(name, x, other):
    """`x op= other` in x's own array. A tensor whose history is being kept gets a new array instead."""
    result = apply(name, x, other)
    if not result.requires_grad:
        np.copyto(x.data, result.data, casting="same_kind")
        changed(x.data)
        return x
    if x.requires_grad and x._node is None:
        raise RuntimeError(
            f"in-place {name} on a tensor of shape {x.shape} with requires_grad=True: change x.data instead"
        )
    return result


# %% test="apply" points=12
def test_apply_runs_the_kernel():
    a, b = Tensor([[1, 2], [3, 4]]), Tensor([[10, 20], [30, 40]])
    check("a + b", a + b, np.array([[11, 22], [33, 44]], np.float32))
    check("10 - a", 10 - a, np.array([[9, 8], [7, 6]], np.float32))
    check("a / b", a / b, np.full((2, 2), 0.1, np.float32))
    check("a ** 2", a**2, np.array([[1, 4], [9, 16]], np.float32))
    check("a > 2", a > 2, np.array([[False, False], [True, True]]))


def test_apply_stays_float32():
    x = Tensor([1.0, 2.0])
    check("x * np.float64(0.5)", x * np.float64(0.5), np.array([0.5, 1.0], np.float32))
    check("x + np.ones(2)", x + np.ones(2), np.array([2.0, 3.0], np.float32))


def test_apply_names_the_shapes():
    check_raises(
        "Tensor of (2, 3) + Tensor of (4, 5)",
        lambda: Tensor(np.zeros((2, 3))) + Tensor(np.zeros((4, 5))),
        ValueError,
        "(2, 3)",
        "(4, 5)",
    )


def test_observers_see_every_operation():
    seen = []
    observers.append(lambda name, inputs, arrays, attributes, result: seen.append((name, result.shape)))
    try:
        Tensor([1.0, 2.0]) * 3 + 1
    finally:
        observers.pop()
    check("the operations seen in x * 3 + 1", seen, [("mul", (2,)), ("add", (2,))])


test_apply_runs_the_kernel()
test_apply_stays_float32()
test_apply_names_the_shapes()
test_observers_see_every_operation()

# %% [markdown]
# ### Operations made of operations
#
# `apply("add", ...)` is a *primitive*: it has a kernel, and nothing smaller is inside. Most functions of
# this course are not like that. They are a few lines of arithmetic on tensors, such as
#
#     def distance(a, b):
#         return ((a - b) * (a - b)).sum().sqrt()
#
# which passes through the door four times, as sub, mul, sum and sqrt. Nobody at the door can see that
# the four belong together. That is a loss twice. When we measure a model, we would like to read
# "distance: 40 % of the time". And when we find a faster way to compute distances, we would like to use
# it in every program that calls `distance`, without touching those programs.
#
# So we mark such a function as a *composite*, with a decorator. A decorator takes a function and returns
# the function that everybody will call from now on. Ours does one of two things at each call:
#
# ```
#    @composite
#    def distance(a, b): ...
#
#    distance(a, b)  --- is there a kernel named "distance"? --- yes -->  apply("distance", a, b)
#                                  |
#                                  no -->  running: [..., "distance"], call the function, running: [...]
# ```
#
# Usually there is no such kernel and the parts run. While they run, the name stands at the end of the
# list `running`, where an observer can read it. It must leave the list even if a part fails, or every
# later operation would be filed under the wrong name. PyTorch has the same two kinds of operation; its
# source calls the second kind CompositeImplicitAutograd.

# %% solution="composite"
#| export
#| hint When is it decided whether a kernel or the parts run: when the function is defined, or when it is called?
#| hint Look the name up in `kernels` at every call. Which two lines belong around the call of `function`?
#| hint If the table has the name, return what `apply` gives. Otherwise append, try to call, and pop in a finally.
running = []  # the names of the composites that are running now, the outermost first
composites = {}  # name -> the function that runs where there is no kernel of that name


def composite(function):
    """A decorator for functions on Tensors that are made of other operations.

    A kernel entered under the function's name runs in its place, as one operation, until it is removed.
    Otherwise the parts run, with the name at the end of `running`. Tensors are passed by position, options
    by keyword.

    >>> @composite
    ... def twice(x):
    ...     print(running)
    ...     return x + x
    >>> twice(Tensor([1.0, 2.0])), running
    ['twice']
    (Tensor([2., 4.]), [])
    >>> kernels["twice"] = lambda a: 2 * a
    >>> twice(Tensor([1.0, 2.0]))
    Tensor([2., 4.])
    >>> del kernels["twice"]
    """
    name = function.__name__
    composites[name] = function

    @functools.wraps(function)
    def operation(*inputs, **options):
        while inputs and inputs[-1] is None:  # an input that is left out, such as a bias
            inputs = inputs[:-1]
        ### BEGIN SOLUTION
        if name in kernels:
            return apply(name, *inputs, **options)
        running.append(name)
        try:
            return function(*inputs, **options)
        finally:
            running.pop()
        ### END SOLUTION

    return operation


# %% test="composite" points=8
def seen_by_an_observer(function):
    """(operation, names in `running`) for each operation that `function()` performs."""
    seen = []
    observers.append(lambda name, *others: seen.append((name, list(running))))
    try:
        function()
    finally:
        observers.pop()
    return seen


def square_of_sum(x):
    return x.sum() ** 2


def test_the_parts_run_under_the_name():
    function, x = composite(square_of_sum), Tensor([1.0, 2.0])
    check("square_of_sum([1, 2]), a composite", function(x), Tensor(9.0))
    seen = seen_by_an_observer(lambda: function(x))
    check("its operations, each with `running`", seen, [("sum", ["square_of_sum"]), ("pow", ["square_of_sum"])])
    outer = composite(lambda x: function(x) + 1)
    seen = seen_by_an_observer(lambda: outer(x))
    want = [("sum", ["<lambda>", "square_of_sum"]), ("pow", ["<lambda>", "square_of_sum"]), ("add", ["<lambda>"])]
    check("the operations of a composite inside another one, each with `running`", seen, want)


def test_a_kernel_replaces_the_parts():
    function, x, calls = composite(square_of_sum), Tensor([1.0, 2.0]), []

    def faster(a, power=2):
        calls.append(power)
        return a.sum() ** power

    kernels["square_of_sum"] = faster
    try:
        check("square_of_sum([1, 2]) with a kernel of its own", function(x), Tensor(9.0))
        check("its operations", [name for name, _ in seen_by_an_observer(lambda: function(x))], ["square_of_sum"])
        check("square_of_sum(x, power=3)", function(x, power=3), Tensor(27.0))
    finally:
        del kernels["square_of_sum"]
    check("how often that kernel ran", calls, [2, 2, 3])
    check("square_of_sum([1, 2]) after the kernel was removed", function(x), Tensor(9.0))
    check("how often the kernel has run by then", len(calls), 3)


def test_running_is_empty_after_an_error():
    failing = composite(lambda x: x.reshape(5))
    check_raises("a composite whose part fails", lambda: failing(Tensor([1.0, 2.0])), ValueError, "reshape")
    check("`running` afterwards", running, [])


test_the_parts_run_under_the_name()
test_a_kernel_replaces_the_parts()
test_running_is_empty_after_an_error()

# %% [markdown]
# ### Shapes that differ
#
# `a + b` worked because the shapes were equal. NumPy can also add a column to a matrix, as if the column
# were repeated. This is called *broadcasting*, and it is the source of both the shortest programs and the
# quietest errors in this field: a prediction of shape (64, 1) minus a target of shape (64,) does not have
# 64 elements but 4,096.
#
# Write the two shapes under each other, aligned on the right. A missing size on the left counts as 1. In
# each column the sizes must be equal, or one of them must be 1; then the result has the other one.
#
# ```
#    a           (8, 1, 3)          a  (64, 1)
#    b              (5, 1)          b     (64,)
#    a + b       (8, 5, 3)          a - b  (64, 64)
# ```
#
# Write this rule as a function. Then you know the shape of a result, and its bytes, before it is computed.

# %% solution="broadcast-shape"
#| export
#| hint What is the size of the result where one of the two sizes is 1?
#| hint Give the shorter shape ones on its left, then go through both shapes together.
#| hint for m, n in zip(a, b): equal or n == 1 gives m, m == 1 gives n, anything else is the ValueError.


def broadcast_shape(a, b):
    """The shape of an element-wise operation on shapes `a` and `b`; ValueError if they do not fit.

    >>> broadcast_shape((64, 1), (64,))
    (64, 64)
    >>> broadcast_shape((8, 1, 3), (5, 1))
    (8, 5, 3)
    """
    ### BEGIN SOLUTION
    length = max(len(a), len(b))
    a, b = (1,) * (length - len(a)) + tuple(a), (1,) * (length - len(b)) + tuple(b)
    if any(m != n and 1 not in (m, n) for m, n in zip(a, b, strict=True)):
        raise ValueError(f"shapes {a} and {b} do not fit: each size must be equal or 1")
    return tuple(n if m == 1 else m for m, n in zip(a, b, strict=True))
    ### END SOLUTION


# %% test="broadcast-shape" points=8
def test_broadcast_shape():
    for a, b in [
        ((3,), (3,)),
        ((2, 3), (3,)),
        ((64, 1), (64,)),
        ((8, 1, 3), (5, 1)),
        ((), (4, 2)),
        ((0, 3), (1, 3)),
        ((1,), (0,)),
    ]:
        check(f"broadcast_shape({a}, {b})", broadcast_shape(a, b), np.broadcast_shapes(a, b))
        check(f"broadcast_shape({b}, {a})", broadcast_shape(b, a), np.broadcast_shapes(b, a))


def test_broadcast_shape_refuses():
    check_raises(
        "broadcast_shape((2, 3), (4, 5))",
        lambda: broadcast_shape((2, 3), (4, 5)),
        ValueError,
        "(2, 3)",
        "(4, 5)",
    )
    check_raises("broadcast_shape((2,), (3,))", lambda: broadcast_shape((2,), (3,)), ValueError)


test_broadcast_shape()
test_broadcast_shape_refuses()

# %% [markdown]
# ### The product, in full
#
# Almost all the arithmetic of a neural network is one operation, the product of two matrices. Multiply row
# `i` of the left matrix with column `j` of the right one, element by element, and add up the products: that
# is element (i, j) of the result. Write it first as it is defined, with three loops. It will be slow, and
# you will measure how slow.
#
# Each pass of the inner loop is one *multiply-add*, the unit in which this course counts work.

# %% solution="matmul-explicit"
#| export
#| hint How many numbers are in the result, and how many products go into each of them?
#| hint The third loop runs over the inner size: the columns of a, which are the rows of b.
#| hint out[i, j] += a.data[i, k] * b.data[k, j] inside three nested loops over i, j and k.


def matmul_explicit(a, b):
    """The product of two matrices with three loops: (n, k) and (k, m) give (n, m).

    >>> matmul_explicit(Tensor([[1, 2], [3, 4]]), Tensor([[5], [6]]))
    Tensor([[17.],
            [39.]])
    """
    (rows, inner), columns = a.shape, b.shape[1]
    out = np.zeros((rows, columns), np.float32)
    ### BEGIN SOLUTION
    for i in range(rows):
        for j in range(columns):
            for k in range(inner):
                out[i, j] += a.data[i, k] * b.data[k, j]
    ### END SOLUTION
    return Tensor(out)


def matmul_multiply_adds(a_shape, b_shape):
    """The multiply-adds of a product of shapes (n, k) and (k, m).

    >>> matmul_multiply_adds((1000, 1000), (1000, 1000))
    1000000000
    """
    ### BEGIN SOLUTION
    return a_shape[0] * a_shape[1] * b_shape[1]
    ### END SOLUTION


# %% test="matmul-explicit" points=8
def test_matmul_explicit():
    rng = np.random.default_rng(1)
    for n, k, m in [(2, 3, 4), (1, 5, 1), (3, 1, 2), (4, 4, 4)]:
        a, b = rng.standard_normal((n, k)).astype(np.float32), rng.standard_normal((k, m)).astype(np.float32)
        check(f"matmul_explicit of ({n}, {k}) and ({k}, {m})", matmul_explicit(Tensor(a), Tensor(b)), a @ b)


def test_matmul_multiply_adds():
    check("matmul_multiply_adds((2, 3), (3, 4))", matmul_multiply_adds((2, 3), (3, 4)), 24)


test_matmul_explicit()
test_matmul_multiply_adds()

# %% [markdown]
# ### The product, as one call
#
# NumPy hands the same product to a library that has been tuned for decades. Our kernel checks what
# the library would complain about less clearly, and calls it.

# %% solution="matmul"
#| export
#| hint Which two sizes must be equal for a product to exist?
#| hint The last size of a and the last but one of b (for a vector b: its only one).
#| hint Compare a.shape[-1] with b.shape[-2] (or b.shape[0]); raise ValueError naming both, else np.matmul.


@kernel("matmul")
def matmul(a, b):
    """The product of arrays (..., n, k) and (..., k, m), or of vectors, as `torch.matmul`.

    Raises ValueError if the inner sizes differ or one input is a single number.

    >>> Tensor([[1, 2], [3, 4]]) @ Tensor([[5], [6]])
    Tensor([[17.],
            [39.]])
    """
    ### BEGIN SOLUTION
    if np.ndim(a) == 0 or np.ndim(b) == 0:
        raise ValueError("a product of matrices needs at least one dimension on each side")
    inner = b.shape[-2] if b.ndim > 1 else b.shape[0]
    if a.shape[-1] != inner:
        raise ValueError(f"the inner sizes {a.shape[-1]} and {inner} differ")
    return np.matmul(a, b)
    ### END SOLUTION


operation_names[np.matmul] = "matmul"


# %% test="matmul" points=12
def test_matmul():
    rng = np.random.default_rng(2)
    for a, b in [
        ((2, 3), (3, 4)),
        ((5, 2, 3), (3, 4)),
        ((2, 1, 3, 4), (5, 4, 2)),
        ((3,), (3,)),
        ((2, 3), (3,)),
        ((3,), (3, 2)),
    ]:
        x, y = rng.standard_normal(a).astype(np.float32), rng.standard_normal(b).astype(np.float32)
        check(f"Tensor of {a} @ Tensor of {b}", Tensor(x) @ Tensor(y), x @ y)


def test_matmul_names_the_shapes():
    a, b = Tensor(np.zeros((2, 3))), Tensor(np.zeros((4, 5)))
    check_raises("Tensor of (2, 3) @ Tensor of (4, 5)", lambda: a @ b, ValueError, "(2, 3)", "(4, 5)")
    check_raises("Tensor of (2, 3) @ 5", lambda: Tensor(np.zeros((2, 3))) @ 5, ValueError)


test_matmul()
test_matmul_names_the_shapes()

# %% [markdown]
# ### From many numbers to few
#
# A *reduction* takes a dimension away: the sum of each row, the largest of all. `dim=None` means all
# dimensions; `keepdim=True` leaves a size of 1 where the dimension was, so that the result still
# broadcasts against what it came from. `dim` and `keepdim` are PyTorch's words. Like PyTorch, we
# also take NumPy's `axis` and `keepdims`.

# %% solution="mean"
#| export
#| hint A mean is a sum divided by a count. Which count, when dim is 1, or (0, 2), or None?
#| hint For None it is a.size, else the product of the sizes a.shape[d] for d in np.atleast_1d(dim).
#| hint count = math.prod(a.shape[d] for d in ...), then total(a, dim, keepdim) / count.


def dims_of(dim, ndim):
    """`dim` as NumPy takes it. As in PyTorch, no dims are all dims, and a single number has a dim 0."""
    dim = tuple(dim) if isinstance(dim, (list, tuple)) else dim
    return None if dim == () or (ndim == 0 and dim in (0, -1, (0,), (-1,))) else dim


def reduce(name, x, dim, keepdim, axis=None, keepdims=False, dtype=None, out=None):
    if isinstance(dim, Tensor) and name == "max":
        return x.maximum(dim)
    if not isinstance(keepdim, (bool, np.bool_)) or (dtype, out) != (None, None):
        raise TypeError(f"{name} takes dim and keepdim; several dims are a tuple: x.{name}((0, 1))")
    return apply(name, x, dim=dims_of(dim if axis is None else axis, x.ndim), keepdim=bool(keepdim or keepdims))


@kernel("sum")
def total(a, dim=None, keepdim=False):
    """The sum over `dim`: one dimension, several, or None for all, as `torch.sum`.

    Floats are added up in 8 bytes: in float32, a million times 0.1 down a column would give 100,958.

    >>> total(np.full((1_000_000, 2), 0.1, np.float32), dim=0)
    array([100000., 100000.], dtype=float32)
    """
    sums = a.sum(axis=dim, keepdims=keepdim, dtype={"f": np.float64, "u": np.int64}.get(a.dtype.kind))
    return sums.astype(a.dtype) if a.dtype.kind == "f" else sums


@kernel("max")
def largest(a, dim, keepdim):
    """The largest number over `dim`, as `torch.amax`; ValueError where there is none."""
    return a.max(axis=dim, keepdims=keepdim)


@kernel("argmax")
def position_of_largest(a, dim, keepdim):
    """The index of the first largest number over `dim`, as `torch.argmax`."""
    return a.argmax(axis=dim, keepdims=keepdim)


@kernel("mean")
def mean(a, dim, keepdim):
    """The mean over `dim`, as `torch.mean`.

    >>> Tensor([[1, 2], [3, 6]]).mean(dim=1)
    Tensor([1.5, 4.5])
    """
    ### BEGIN SOLUTION
    sums = total(a, dim, keepdim)  # before the count: it says which dim is not there
    return sums / (a.size if dim is None else math.prod(a.shape[d] for d in np.atleast_1d(dim)))
    ### END SOLUTION


# %% test="mean" points=10
def test_mean():
    a = np.arange(24, dtype=np.float32).reshape(2, 3, 4)
    for dim in (None, 0, 1, -1, (0, 2)):
        check(f"x.mean(dim={dim}), x of shape (2, 3, 4)", Tensor(a).mean(dim), a.mean(dim))
    check("x.mean(dim=1, keepdim=True)", Tensor(a).mean(1, keepdim=True), a.mean(1, keepdims=True))
    check("the mean of two integers, 1 and 2", wrap(np.array([1, 2])).mean(), np.float32(1.5))


test_mean()

# %% [markdown]
# ### One block of memory, many shapes
#
# The elements of an array lie in memory in one row. The *strides* say how many bytes to step to reach the
# next element along each dimension:
#
# ```
#    memory      | 0 | 1 | 2 | 3 | 4 | 5 |          4 bytes each
#
#    x           shape (2, 3), strides (12, 4)      0 1 2
#                                                   3 4 5
#    x.T         shape (3, 2), strides (4, 12)      0 3
#                                                   1 4
#                                                   2 5
# ```
#
# Reshaping, transposing and slicing change shape and strides and leave the elements where they are. They
# cost nothing, and the result shares its memory with the original. Such a result is called a *view*.

# %% solution="views"
#| export
#| hint Which of these need a new block of memory, and which only a new way to walk through the old one?
#| hint The array's own methods reshape, transpose and swapaxes give views; do not copy.
#| hint return a.reshape(shape); np.transpose(a, dims); np.swapaxes(a, dim0, dim1), one line each.


@kernel("reshape")
def reshape(a, shape):
    """The same numbers in another shape of the same size; one size may be -1, as `torch.reshape`.

    >>> arange(6).reshape(2, -1).shape
    (2, 3)
    """
    if any(size < -1 for size in shape):
        raise ValueError(f"{shape} has a size below -1")
    ### BEGIN SOLUTION
    return a.reshape(shape)
    ### END SOLUTION


@kernel("permute")
def permute(a, dims):
    """The dimensions in the order `dims`, as `torch.permute`."""
    ### BEGIN SOLUTION
    return np.transpose(a, dims)
    ### END SOLUTION


@kernel("transpose")
def transpose(a, dim0, dim1):
    """Two dimensions exchanged, as `torch.transpose`."""
    ### BEGIN SOLUTION
    return np.swapaxes(a, dim0, dim1)
    ### END SOLUTION


@kernel("getitem")
def getitem(a, index):
    return a[index]


def sizes(shape):
    return tuple(shape[0]) if len(shape) == 1 and isinstance(shape[0], (tuple, list)) else shape


def whole_numbers(values, what, limit=None):
    """`values` as an int64 array; ValueError if one is not whole, or not in 0 ... limit - 1.

    >>> whole_numbers([0.0, 2.0], "label", 3)
    array([0, 2])
    """
    whole = given = as_array(values)
    if given.dtype == bool:
        raise ValueError(f"a {what} is a whole number, not a truth value")
    if given.dtype != np.int64:
        with np.errstate(invalid="ignore"):
            whole = given.astype(np.int64)
        if (whole != given).any():
            raise ValueError(f"{what} {given[whole != given][0]} is not a whole number")
    if limit is not None and whole.size and not 0 <= whole.min() <= whole.max() < limit:
        bad = whole[(whole < 0) | (whole >= limit)][0]
        raise ValueError(f"{what} {bad} is out of range: it must be 0 to {limit - 1}")
    return whole


def plain_index(index):
    """An index with the arrays of its Tensors: numbers become whole, truth values stay."""
    if isinstance(index, tuple):
        return tuple(plain_index(i) for i in index)
    if not isinstance(index, Tensor):
        return index
    return index.data if index.dtype == bool else whole_numbers(index, "index")


# %% test="views" points=10
def test_views_have_the_right_numbers():
    a = np.arange(24, dtype=np.float32).reshape(2, 3, 4)
    x = Tensor(a)
    check("x.reshape(4, -1), x of shape (2, 3, 4)", x.reshape(4, -1), a.reshape(4, -1))
    check("x.permute(2, 0, 1)", x.permute(2, 0, 1), a.transpose(2, 0, 1))
    check("x.transpose(1, 2)", x.transpose(1, 2), a.swapaxes(1, 2))
    check("x[1, :, 2:]", x[1, :, 2:], a[1, :, 2:])


def test_views_share_memory():
    x = Tensor(np.zeros((2, 3)))
    for call, view in [
        ("x.reshape(6)", x.reshape(6)),
        ("x.T", x.T),
        ("x.transpose(0, 1)", x.transpose(0, 1)),
        ("x[0]", x[0]),
    ]:
        check(f"{call} shares the memory of x", np.shares_memory(view.data, x.data), True)


def test_reshape_refuses():
    check_raises(
        "x.reshape(4, 2), x of shape (2, 3)",
        lambda: Tensor(np.zeros((2, 3))).reshape(4, 2),
        ValueError,
        "(2, 3)",
        "(4,2)",
    )


test_views_have_the_right_numbers()
test_views_share_memory()
test_reshape_refuses()

# %% [markdown]
# ### Tensors from nothing
#
# Models start from zeros, ones and random numbers. The random numbers come from one generator that
# the whole framework shares: set its state with `manual_seed`, and a run can be repeated exactly.
# `tensor` (small letter) keeps integers as integers; labels and positions are counted, not measured.

# %% solution="creation"
#| export
#| hint Which of these would be float64 if you left the type to NumPy?
#| hint NumPy's zeros, ones and standard_normal take a dtype; `wrap` puts a finished array in a Tensor.
#| hint wrap(np.zeros(sizes(shape), np.float32)), and rng.standard_normal(sizes(shape), np.float32) likewise.
rng = np.random.default_rng()


def manual_seed(seed):
    """Put the shared generator in the state that belongs to `seed`, as `torch.manual_seed`.

    >>> manual_seed(0)
    >>> randn(3)
    Tensor([ 1.1176, -1.3871, -0.4266])
    """
    rng.bit_generator.state = np.random.default_rng(seed).bit_generator.state


def tensor(data, dtype=None, requires_grad=False, device=None):
    """A Tensor that keeps integers and truth values as they are, as `torch.tensor`; floats become float32.

    >>> tensor([1, 2]).dtype, tensor([1.0, 2.0]).dtype
    (dtype('int64'), dtype('float32'))
    """
    array = as_array(data)
    result = wrap(array.astype(dtype or (np.float32 if array.dtype.kind == "f" else array.dtype), copy=False))
    if requires_grad and result.dtype.kind != "f":
        raise RuntimeError(f"requires_grad=True needs floats, not {result.dtype}")
    result.requires_grad = requires_grad
    return result


@with_options
def zeros(*shape):
    """Zeros of the given shape, float32, as `torch.zeros`.

    >>> zeros(2, 3).memory_footprint()
    24
    """
    ### BEGIN SOLUTION
    return wrap(np.zeros(sizes(shape), np.float32))
    ### END SOLUTION


@with_options
def ones(*shape):
    """Ones of the given shape, float32, as `torch.ones`.

    >>> ones(3)
    Tensor([1., 1., 1.])
    """
    ### BEGIN SOLUTION
    return wrap(np.ones(sizes(shape), np.float32))
    ### END SOLUTION


@with_options
def randn(*shape):
    """Random numbers with mean 0 and variance 1, from the shared generator, as `torch.randn`.

    >>> randn(2, 3).shape
    (2, 3)
    """
    ### BEGIN SOLUTION
    return wrap(rng.standard_normal(sizes(shape), np.float32))
    ### END SOLUTION


@with_options
def arange(*start_stop_step):
    """Numbers at equal distances: whole numbers stay whole, as `torch.arange`.

    >>> arange(2, 8, 2)
    Tensor([2, 4, 6])
    """
    return tensor(np.arange(*start_stop_step))


@with_options
def zeros_like(x):
    """Zeros with the shape and type of x, as `torch.zeros_like`.

    >>> zeros_like(tensor([1, 2]))
    Tensor([0, 0])
    """
    return wrap(np.zeros_like(x.data))


@with_options
def ones_like(x):
    """Ones with the shape and type of x, as `torch.ones_like`.

    >>> ones_like(Tensor([3.0, 4.0]))
    Tensor([1., 1.])
    """
    return wrap(np.ones_like(x.data))


# %% test="creation" points=8
def test_creation():
    check("zeros(2, 3)", zeros(2, 3), np.zeros((2, 3), np.float32))
    check("ones((4,))", ones((4,)), np.ones(4, np.float32))
    check("randn(3, 2).dtype", randn(3, 2).dtype, np.dtype(np.float32))


def test_randn_is_repeatable_and_normal():
    manual_seed(3)
    first = randn(200, 50)
    manual_seed(3)
    check("randn(200, 50) after manual_seed(3), twice", randn(200, 50), first.data)
    check("the mean of 10,000 numbers from randn", first.mean(), np.float32(0), tolerance=0.05)
    check("their mean square", (first * first).mean(), np.float32(1), tolerance=0.05)


test_creation()
test_randn_is_repeatable_and_normal()

# %% [markdown]
# ### Two instruments
#
# Every module of this course predicts a cost and then measures it. These are the instruments. Python's
# `tracemalloc` sees each block that NumPy takes and gives back, so the peak is exact. Time is not:
# the machine does other things too. The median of a few runs is honest enough for now.

# %% solution="instruments"
#| export
#| hint What is the difference between the memory in use at the end and the most that was ever in use?
#| hint Start tracemalloc, call the function, ask for the traced memory, stop tracemalloc even after an error.
#| hint try: function(); return tracemalloc.get_traced_memory()[1]; finally: tracemalloc.stop().


def peak_memory(function):
    """The most bytes that `function()` had in use at once, results included, on top of what was there.

    >>> peak_memory(lambda: np.zeros(1000, np.float32)) >= 4000
    True
    """
    ### BEGIN SOLUTION
    tracemalloc.start()
    try:
        function()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    ### END SOLUTION


def seconds(function, repeat=5):
    """The median time of `repeat` calls of `function()`."""
    times = []
    for _ in range(repeat):
        start = time.perf_counter()
        function()
        times.append(time.perf_counter() - start)
    return sorted(times)[repeat // 2]


# %% test="instruments" points=8
def test_peak_memory_sees_what_was_given_back():
    def two_then_one():
        zeros(1000, 1000) + zeros(1000, 1000)  # three arrays of 4 MB at once

    check(
        "peak_memory of zeros(1000, 1000) + zeros(1000, 1000), in MB",
        round(peak_memory(two_then_one) / 1e6),
        12,
    )


def test_peak_memory_stops_after_an_error():
    check_raises(
        "peak_memory of a function that fails", lambda: peak_memory(lambda: 1 / 0), ZeroDivisionError
    )
    check("tracemalloc is off afterwards", tracemalloc.is_tracing(), False)


test_peak_memory_sees_what_was_given_back()
test_peak_memory_stops_after_an_error()

# %% [markdown]
# ## Use
#
# The digits of this course are 5,000 images of 28 x 28 elements from 0 to 255. Scale them to 0 ... 1 and
# build the simplest classifier there is, with nothing but the operations above: take the mean image of each
# of the ten classes. For a new image compute the distance to each mean. The smallest distance names the
# digit. It is right four times in five.

# %%
from tinytorch.datasets import TinyDigits

train, test = TinyDigits(train=True), TinyDigits(train=False)
pictures = Tensor(train.images).reshape(len(train), 784) / 255
means = [pictures[train.labels == digit].mean(dim=0) for digit in range(10)]

unseen = Tensor(test.images).reshape(len(test), 784) / 255
distances = np.stack([((unseen - m) ** 2).sum(dim=1).numpy() for m in means], axis=1)
right = (distances.argmin(axis=1) == test.labels).mean()
print(f"{len(train)} pictures take {pictures.memory_footprint():,} bytes; nearest mean: {right:.1%} right")
assert 0.75 < right < 0.9

# %% [markdown]
# ## Measure
#
# Predict before you run. A product of two 1000 x 1000 matrices: how many bytes at the peak, when the
# two inputs are counted? (Three grids of a million float32 numbers.)

# %%
peak = peak_memory(lambda: ones(1000, 1000) @ ones(1000, 1000))
print(f"peak of a 1000 x 1000 product: {peak / 1e6:.1f} MB")
assert 12e6 <= peak < 12.1e6

# %% [markdown]
# Now time. The loops do a multiply-add at a time, in Python. How many times faster is the call, at
# size 64? Write a number down first.

# %%
a, b = randn(64, 64), randn(64, 64)
work = matmul_multiply_adds(a.shape, b.shape)
slow, fast = seconds(lambda: matmul_explicit(a, b), 3), seconds(lambda: a @ b, 50)
print(
    f"{work:,} multiply-adds: loops {slow * 1e3:.0f} ms, one call {fast * 1e6:.0f} us, "
    f"{slow / fast:,.0f} times faster"
)
print(f"a 1000 x 1000 product with the loops would take {slow * 1e9 / work / 60:.0f} minutes")
assert slow > 100 * fast

# %% [markdown]
# The same numbers, two ways to walk: along the rows, as they lie in memory, and down the columns.

# %%
x = randn(4096, 4096)
along, down = x, x.T
print(f"strides {along.data.strides} and {down.data.strides}")
copy_along, copy_down = seconds(lambda: along.data.copy("C")), seconds(lambda: down.data.copy("C"))
print(f"copying 67 MB row by row {copy_along * 1e3:.0f} ms, column by column {copy_down * 1e3:.0f} ms")

# %% [markdown] reflect="float32" points=1
# ## Reflect
#
# Answer in a few sentences each, with numbers.
#
# **1. Bytes.** ImageNet has 1.2 million pictures of 224 x 224 x 3 numbers. How many bytes is that as
# float32, as float64, and as the 0 ... 255 integers it came from? What does that say about where in
# a program the conversion to float32 belongs?
#
# ### BEGIN SOLUTION
# Rubric: 1.2e6 x 150,528 = 1.8e11 numbers: 723 GB, 1,445 GB, 181 GB. Convert per batch, as late as
# possible; the data set stays in uint8. One half for the sizes, one half for the conclusion.
# ### END SOLUTION

# %% [markdown] reflect="broadcast" points=1
# **2. Broadcasting.** `prediction` has shape (64, 1) and `target` (64,). What is the shape of
# `prediction - target`, how many bytes, and why does the mean of its square not fail? How would you
# have noticed?
#
# ### BEGIN SOLUTION
# Rubric: (64, 64), 16,384 bytes; the mean of 4,096 numbers is a number too. Noticed by checking
# shapes before reducing, or by a result that does not improve.
# ### END SOLUTION

# %% [markdown] reflect="door" points=2
# **3. The door.** Suppose every method called NumPy itself instead of `apply`. Name two things that
# you could no longer do from outside the class, and what the door costs for a tensor of one number
# and for one of a million. Measure it.
#
# ### BEGIN SOLUTION
# Rubric: watch (time, count, record) and exchange operations. About a microsecond a call: several
# times the work for one number, under one percent for a million. One point for each half.
# ### END SOLUTION

# %% [markdown]
# ## In PyTorch
#
# `torch.Tensor` has the same face: `shape`, `dtype`, `sum(dim=...)`, `reshape`, `@`. Its door is
# called the dispatcher; it is written in C++, and looks up the kernel by the operation, by the type
# of the numbers and by the device they live on. Three differences are worth knowing. `torch.tensor`
# keeps float64 arrays as they are, and ours makes them float32. `x.max(dim)` in PyTorch returns the
# positions as well; ours is its `amax`. And a shape that does not fit raises RuntimeError there and
# ValueError here.
#
# ## Today
#
# The largest models are trained in numbers of 2 bytes, and answer questions in numbers of 1 byte or
# half a byte. Arithmetic has become cheap much faster than moving data has: fetching a number from memory
# costs far more time and energy than multiplying it. Counting bytes, as you did in this module, is still
# the first thing that an engineer does with a new model.
#
# Further reading:
#
# - Charles Harris et al., *Array programming with NumPy*, 2020.
# - Edward Yang, *PyTorch internals*, 2019: tensors, strides and the dispatcher.
# - Ulrich Drepper, *What every programmer should know about memory*, 2007.
