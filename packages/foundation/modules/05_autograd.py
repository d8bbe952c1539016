# %% [markdown]
# {header}

# %% [markdown]
# ## The problem
#
# A network with 100,000 weights makes an error. Which way should each weight move, and how far? The
# answer is a derivative for every weight: the *gradient* of the error.
#
# There are three ways to get it. One can derive formulas on paper; that was done for decades, for
# each new network again. One can nudge each weight a little and look at the error; that is a
# forward pass for every weight, 100,000 of them for one step. Or one can let the program that
# computes the error write down what it did, and go backwards through the list with the chain rule.
# That costs about two forward passes, for all the weights together. It is called reverse-mode
# automatic differentiation, and it is the reason why networks with a trillion weights can be trained.
#
# Everything it needs is here already. Every operation comes through one door, and the door tells its
# observers the name, the inputs and the result. So we write an observer. Not one line of the modules
# before this one will change, and all of it will have gradients.

# %% [markdown]
# ## Scaffold: a gradient by nudging
#
# Optional, if derivatives are fresh in your mind. The slope of f at x is the change of f over the
# change of x. Take a step to both sides and the first error term cancels. This function is slow, and
# it knows nothing of the chain rule, which makes it the ideal judge of everything that follows.

# %%
#| default_exp core.autograd
#| export
import itertools
import threading
from contextlib import contextmanager
from functools import partial

import numpy as np

from tinytorch._products import column_sums, product, transposed_product
from tinytorch.core.tensor import Tensor, apply, as_array, kernels, observers, rng, tensor, wrap


def numerical_gradient(function, array, eps=1e-6):
    """The slope of the number `function()` in each entry of `array`, by central differences.

    `array` is float64, is changed in place while we measure, and is put back.

    >>> x = np.array([3.0])
    >>> numerical_gradient(lambda: (x * x).sum(), x).round(3)
    array([6.])
    """
    slopes = np.zeros_like(array)
    for index in np.ndindex(array.shape):
        middle = array[index]
        array[index] = middle + eps
        above = function()
        array[index] = middle - eps
        below = function()
        array[index] = middle
        slopes[index] = (above - below) / (2 * eps)
    return slopes


# %% [markdown]
# ## Scaffold: autograd for single numbers
#
# Also optional: the whole idea with numbers instead of tensors, in a page. A `Scalar` remembers which
# numbers it was made from and the local slope towards each of them. `backward` visits the numbers in
# the reverse order of their making and hands each gradient on, multiplied by the local slope.


# %%
class Scalar:
    made = itertools.count()

    def __init__(self, value, parents=()):
        self.value, self.parents = value, parents  # parents: pairs of a Scalar and a local slope
        self.gradient, self.order = 0.0, next(Scalar.made)

    def __add__(self, other):
        return Scalar(self.value + other.value, [(self, 1.0), (other, 1.0)])

    def __mul__(self, other):
        return Scalar(self.value * other.value, [(self, other.value), (other, self.value)])

    def ancestors(self):
        found, waiting = {self}, [self]
        while waiting:
            for parent, _ in waiting.pop().parents:
                if parent not in found:
                    found.add(parent)
                    waiting.append(parent)
        return found

    def backward(self):
        self.gradient = 1.0
        for scalar in sorted(self.ancestors(), key=lambda s: s.order, reverse=True):
            for parent, slope in scalar.parents:
                parent.gradient += slope * scalar.gradient


x, y = Scalar(3.0), Scalar(4.0)
z = x * y + x * x
z.backward()
print(f"z = xy + xx at (3, 4): value {z.value}, slopes {x.gradient} and {y.gradient}")
assert (x.gradient, y.gradient) == (4.0 + 2 * 3.0, 3.0)

# %% [markdown]
# Two things in it are easy to get wrong, and the tensor version has the same two. `x` is used three
# times, so its gradient is a *sum* over its uses: `+=`, never `=`. And a number may hand on its gradient only
# when all its users have delivered theirs. The order of making, reversed, guarantees that.

# %% [markdown]
# ## Build
#
# ### The chain rule as a table
#
# For each operation we need, for each of its inputs, a function: given the gradient `g` of the
# output, it returns the gradient of that input. `gradients` is the table of these, under the same
# names as the table of kernels. An entry is called with the output and the inputs, and returns one
# function per input.
#
# Read the entry for `mul`. The derivative of a*b by a is b, so the gradient of `a` is `g * b`. The
# function needs `b` and nothing else, and keeps exactly that alive until it has been called. The
# functions of `add` keep nothing. This is where the memory of training goes: whatever an entry
# mentions inside its inner functions stays until the backward pass has come by.

# %% solution="arithmetic-gradients"
#| export
#| hint Write the derivatives on paper first: of a - b by b, of a / b by a and by b, of e^a, log a, root of a.
#| hint exp, sqrt and div can use `out`, which is there already, instead of computing it again.
#| hint div: g / b and -g * (out / b); exp: g * out; log: g / a; sqrt: g / (2 * out); abs: g * np.sign(a).
gradients = {}


def gradient(name):
    """Enter the decorated function in the table of gradients, for the operation `name`."""

    def enter(function):
        gradients[name] = function
        return function

    return enter


gradients["add"] = lambda out, a, b: (lambda g: g, lambda g: g)
gradients["mul"] = lambda out, a, b: (lambda g: g * b, lambda g: g * a)
gradients["neg"] = lambda out, a: (lambda g: -g,)
### BEGIN SOLUTION
gradients["sub"] = lambda out, a, b: (lambda g: g, lambda g: -g)
gradients["div"] = lambda out, a, b: (lambda g: g / b, lambda g: -g * (out / b))
gradients["exp"] = lambda out, a: (lambda g: g * out,)
gradients["log"] = lambda out, a: (lambda g: g / a,)
gradients["sqrt"] = lambda out, a: (lambda g: g / (2 * out),)
gradients["abs"] = lambda out, a: (lambda g: g * np.sign(a),)
### END SOLUTION


@gradient("pow")
def power_gradients(out, a, b):
    """a**b has the slope b a**(b-1) in a and out log(a) in b; where b or a is 0 that slope is taken as 0."""

    def base(g):
        if np.isscalar(b):
            return g * (b * a ** (b - 1)) if b else np.zeros_like(g)
        return g * b * a ** np.where(b == 0, 1, b - 1)

    return base, lambda g: g * out * np.log(np.where(a == 0, 1, a))


# %% test="arithmetic-gradients" points=10
from tinytorch.testing import check, check_gradients, check_raises, check_true


def slopes(name, *arrays, **attributes):
    """What the table of gradients gives for an output gradient of ones."""
    out = np.asarray(kernels[name](*arrays, **attributes))
    return [function(np.ones_like(out)) for function in gradients[name](out, *arrays, **attributes)]


def measured(name, *arrays, **attributes):
    """The same by nudging, in float64."""
    wide = [np.array(a, np.float64) for a in arrays]
    return [numerical_gradient(lambda: float(np.sum(kernels[name](*wide, **attributes))), w) for w in wide]


def compare(name, *arrays, **attributes):
    for i, (got, want) in enumerate(
        zip(slopes(name, *arrays, **attributes), measured(name, *arrays, **attributes), strict=False)
    ):
        check(f"the gradient of {name}, input {i}", got, want.astype(np.float32), tolerance=1e-4)


def test_arithmetic_gradients():
    a, b = np.array([[0.5, 2.0, -1.5]], np.float32), np.array([[3.0, -0.8, 1.2]], np.float32)
    for name in ("add", "sub", "mul", "div"):
        compare(name, a, b)
    compare("pow", np.abs(a), b)


def test_function_gradients():
    a = np.array([0.3, 1.0, 4.0], np.float32)
    for name in ("neg", "exp", "log", "sqrt", "abs"):
        compare(name, a)
    compare("abs", -a)


test_arithmetic_gradients()
test_function_gradients()

# %% [markdown]
# ### The product
#
# Let out = a @ b and let g be the gradient of `out`. Look at the shapes first; they nearly force the
# answer. `a` is (n, k), `b` is (k, m), `g` is (n, m). The gradient of `a` must be (n, k), and the only
# product of `g` and `b` with that shape is g times b transposed. Likewise for `b`: a transposed times
# g. The derivation gives the same.
#
# So backward costs two products of the size of the one forward. Training is three times the work of
# running, and here is where that comes from.

# %% solution="product-gradients"
#| export
#| hint g is (n, m), right is (k, m). Which product of the two has the shape of left, (n, k)?
#| hint x.swapaxes(-1, -2) exchanges the last two dimensions; the others are batches.
#| hint towards_left: g @ right.swapaxes(-1, -2); towards_right: left.swapaxes(-1, -2) @ g.


def towards_left(g, right):
    """The gradient of `left` in left @ right: g (..., n, m) and right (..., k, m), the shapes of matrices.

    >>> towards_left(np.ones((2, 4)), np.ones((3, 4))).shape
    (2, 3)
    """
    ### BEGIN SOLUTION
    return g @ right.swapaxes(-1, -2)
    ### END SOLUTION


def towards_right(g, left):
    """The gradient of `right` in left @ right: g (..., n, m) and left (..., n, k).

    >>> towards_right(np.ones((2, 4)), np.ones((2, 3))).shape
    (3, 4)
    """
    ### BEGIN SOLUTION
    return left.swapaxes(-1, -2) @ g
    ### END SOLUTION


@gradient("matmul")
def matmul_gradients(out, a, b):
    """A vector on the left is a matrix of one row, a vector on the right a matrix of one column."""
    left, right = a[None, :] if a.ndim == 1 else a, b[:, None] if b.ndim == 1 else b
    shape = (*out.shape[: out.ndim - (a.ndim > 1) - (b.ndim > 1)], left.shape[-2], right.shape[-1])
    row, column = a.ndim == 1, b.ndim == 1

    def by_a(g):
        slope = towards_left(g.reshape(shape), right)
        return slope[..., 0, :] if row else slope

    def by_b(g):
        slope = towards_right(g.reshape(shape), left)
        return slope[..., 0] if column else slope

    return by_a, by_b


# %% test="product-gradients" points=8
def test_product_gradients():
    rng = np.random.default_rng(5)
    for a, b in [
        ((2, 3), (3, 4)),
        ((5, 2, 3), (5, 3, 4)),
        ((3,), (3, 2)),
        ((2, 3), (3,)),
        ((3,), (3,)),
        ((4, 2, 3), (4, 3, 1)),
    ]:
        compare(
            "matmul", rng.standard_normal(a).astype(np.float32), rng.standard_normal(b).astype(np.float32)
        )


test_product_gradients()

# %% [markdown]
# ### Reductions and shapes
#
# A sum sends each of its inputs the whole gradient: nudge one number, and the sum moves by as much. A
# mean sends the gradient divided by the count. A maximum sends it to the largest number only, and to several
# that are equally large in equal shares. Operations that only rearrange send it back along the
# way it came: the gradient of a reshape is a reshape.

# %% solution="reduction-gradients"
#| export
#| hint If one entry of the input grows by 1, by how much does the sum grow? And the mean?
#| hint `spread` brings g back to the input's shape; for a mean, divide by the count first.
#| hint spread(g, dim, keepdim, shape); spread(g / count, ...); g.reshape(before); transpose by the argsort.


def spread(g, dim, keepdim, shape):
    """A reduction's gradient, repeated to the shape before the reduction; no memory is used.

    >>> spread(np.array([1.0, 2.0]), 1, False, (2, 3))
    array([[1., 1., 1.],
           [2., 2., 2.]])
    """
    if dim is None:  # as np.broadcast_to, at an eighth of its cost
        return np.ndarray(shape, g.dtype, g, strides=(0,) * len(shape))
    return np.broadcast_to(g if keepdim else np.expand_dims(g, dim), shape)


@gradient("sum")
def sum_gradients(out, a, dim, keepdim):
    shape = a.shape
    ### BEGIN SOLUTION
    return (lambda g: spread(g, dim, keepdim, shape),)
    ### END SOLUTION


@gradient("mean")
def mean_gradients(out, a, dim, keepdim):
    shape, count = a.shape, max(a.size, 1) / max(out.size, 1)
    ### BEGIN SOLUTION
    return (lambda g: spread(g / count, dim, keepdim, shape),)
    ### END SOLUTION


@gradient("max")
def max_gradients(out, a, dim, keepdim):
    def by_a(g):
        largest = a == spread(out, dim, keepdim, a.shape)
        share = g / largest.sum(axis=dim, keepdims=keepdim).astype(g.dtype)
        return spread(share, dim, keepdim, a.shape) * largest

    return (by_a,)


@gradient("reshape")
def reshape_gradients(out, a, shape):
    before = a.shape
    ### BEGIN SOLUTION
    return (lambda g: g.reshape(before),)
    ### END SOLUTION


@gradient("permute")
def permute_gradients(out, a, dims):
    ### BEGIN SOLUTION
    return (lambda g: np.transpose(g, np.argsort(np.array(dims) % len(dims))),)
    ### END SOLUTION


gradients["transpose"] = lambda out, a, dim0, dim1: (lambda g: np.swapaxes(g, dim0, dim1),)


@gradient("getitem")
def getitem_gradients(out, a, index):
    """Each number goes back to its place; one that was taken several times gets the sum."""
    shape, parts = a.shape, index if isinstance(index, tuple) else (index,)
    taken_once = all(part is None or part is ... or isinstance(part, (int, slice)) for part in parts)

    def by_a(g):
        slope = np.zeros(shape, g.dtype)
        if taken_once:
            slope[index] = g
        else:
            np.add.at(slope, index, g)
        return slope

    return (by_a,)


# %% test="reduction-gradients" points=8
def test_reduction_gradients():
    a = np.random.default_rng(6).permutation(24).reshape(2, 3, 4).astype(np.float32)
    for dim in (None, 0, -1, (0, 2)):
        for keepdim in (False, True):
            for name in ("sum", "mean", "max"):
                compare(name, a, dim=dim, keepdim=keepdim)


def test_shape_gradients():
    a = np.arange(24, dtype=np.float32).reshape(2, 3, 4)
    g = np.random.default_rng(7).standard_normal((4, 2, 3)).astype(np.float32)
    for call, name, attributes, want in [
        ("x.reshape(4, 2, 3)", "reshape", {"shape": (4, 2, 3)}, g.reshape(2, 3, 4)),
        ("x.permute(2, 0, 1)", "permute", {"dims": (2, 0, 1)}, g.transpose(1, 2, 0)),
        ("x.permute(-1, 0, 1)", "permute", {"dims": (-1, 0, 1)}, g.transpose(1, 2, 0)),
    ]:
        check(
            f"the gradient of {call}",
            gradients[name](kernels[name](a, **attributes), a, **attributes)[0](g),
            want,
        )


def test_an_entry_taken_twice_gets_both_gradients():
    a, index = np.array([1.0, 2.0, 3.0], np.float32), np.array([0, 2, 2])
    got = gradients["getitem"](a[index], a, index=index)[0](np.array([1.0, 10.0, 100.0], np.float32))
    check("the gradient of x[[0, 2, 2]] for g = [1, 10, 100]", got, np.array([1.0, 0.0, 110.0], np.float32))


test_reduction_gradients()
test_shape_gradients()
test_an_entry_taken_twice_gets_both_gradients()

# %% [markdown]
# ### Activations
#
# For several of them the output is all that the derivative needs: sigmoid is s(1 - s), tanh is 1 - t²,
# ReLU lets through what is not negative. For softmax, moving one score moves every probability, and
# the sum over all of these paths collapses to p (g - Σ g p).

# %% solution="activation-gradients"
#| export
#| hint Which of these derivatives can be written with the output alone?
#| hint All four can. softmax: from g take the mean of g weighted with out, then multiply with out.
#| hint relu: g * (out != 0), so nan passes; softmax: out * (g - (g * out).sum(axis=dim, keepdims=True)).
### BEGIN SOLUTION
gradients["relu"] = lambda out, a: (lambda g: g * (out != 0),)
gradients["sigmoid"] = lambda out, a: (lambda g: g * out * (1 - out),)
gradients["tanh"] = lambda out, a: (lambda g: g * (1 - out * out),)
gradients["softmax"] = lambda out, a, dim: (lambda g: out * (g - (g * out).sum(axis=dim, keepdims=True)),)
### END SOLUTION


@gradient("gelu")
def gelu_gradients(out, a, approximate="none", slope=None):
    """The kernel has found the slope on its way, if it was given an array for it; otherwise it is asked again."""
    if slope is None:
        slope = np.empty_like(a)
        kernels["gelu"](a, approximate=approximate, slope=slope)
    return (lambda g: np.multiply(g, slope, out=slope),)


# %% test="activation-gradients" points=8
from tinytorch.nn import activations  # noqa: F401 - importing it enters its kernels


def test_activation_gradients():
    a = np.array([[-2.0, -0.5, 0.3], [1.5, 0.1, -0.7]], np.float32)
    for name, attributes in [("relu", {}), ("sigmoid", {}), ("tanh", {})]:
        compare(name, a, **attributes)
    for approximate in ("none", "tanh"):
        compare("gelu", a, approximate=approximate)


def test_softmax_gradient():
    a, weights = np.array([[1.0, 2.0, 0.5], [0.0, -1.0, 1.0]]), np.array([[1.0, -2.0, 3.0], [0.5, 0.0, 2.0]])
    for dim in (0, 1):
        want = numerical_gradient(lambda d=dim: float((kernels["softmax"](a, dim=d) * weights).sum()), a)
        got = gradients["softmax"](kernels["softmax"](a, dim=dim), a, dim=dim)[0](weights)
        check(f"the gradient of softmax over dimension {dim}", got, want)


test_activation_gradients()
test_softmax_gradient()

# %% [markdown]
# ### Layers and losses
#
# A linear layer is a product with a transposed weight, plus a bias that every row shares, so its
# gradient is summed over the rows. And here is the reason why softmax and cross-entropy are always
# seen together: the gradient of both is the probabilities minus 1 at the right class. No
# logarithm, no division, nothing that can overflow.

# %% solution="loss-gradients"
#| export
#| hint For linear, out = x W^T + b. Which shapes must the three gradients have?
#| hint Fold all dimensions of x and g but the last into rows: weight g^T x, bias the sum of g's rows.
#| hint slope[np.arange(len(labels)), labels] -= 1, times g[:, None] or g / count; bce: (sigmoid(x) - y) g, -x g.


@gradient("linear")
def linear_gradients(out, x, weight, bias=None):
    """x (..., in), weight (out, in), bias (out,), g (..., out)."""
    rows, shape = (-1, weight.shape[0]), x.shape
    ### BEGIN SOLUTION
    return (
        lambda g: product(g.reshape(rows), weight.T).reshape(shape),
        lambda g: transposed_product(g.reshape(rows), x.reshape(-1, shape[-1]), np.empty_like(weight)),
        lambda g: column_sums(g.reshape(rows)),
    )
    ### END SOLUTION


@gradient("log_softmax")
def log_softmax_gradients(out, a, dim):
    ### BEGIN SOLUTION
    return (lambda g: g - np.exp(out) * g.sum(axis=dim, keepdims=True),)
    ### END SOLUTION


@gradient("cross_entropy")
def cross_entropy_gradients(out, logits, labels, reduction="none", shares=None):
    """logits (n, classes); g is one number, or with reduction "none" one a row. `shares`: their softmax."""
    count = max(len(labels), 1) if reduction == "mean" else 1
    slope = kernels["softmax"](logits, dim=1) if shares is None else shares

    def by_logits(g):
        ### BEGIN SOLUTION
        slope[np.arange(len(labels)), labels] -= 1
        return np.multiply(slope, g[:, None] if reduction == "none" else g / count, out=slope)
        ### END SOLUTION

    return (by_logits,)


@gradient("bce_with_logits")
def bce_with_logits_gradients(out, x, y):
    ### BEGIN SOLUTION
    return lambda g: g * (kernels["sigmoid"](x) - y), lambda g: -g * x
    ### END SOLUTION


# %% test="loss-gradients" points=8
from tinytorch.nn import layers, losses  # noqa: F401 - importing them enters their kernels


def test_linear_gradients():
    rng = np.random.default_rng(8)
    x, weight, bias = (rng.standard_normal(s).astype(np.float32) for s in [(2, 3, 4), (5, 4), (5,)])
    compare("linear", x, weight, bias)
    compare("linear", x, weight)


def test_loss_gradients():
    rng = np.random.default_rng(9)
    logits, targets = rng.standard_normal((4, 3)).astype(np.float32), rng.random((4, 3)).astype(np.float32)
    for reduction in ("none", "sum", "mean"):
        compare("cross_entropy", logits, labels=np.array([0, 2, 1, 1]), reduction=reduction)
    compare("bce_with_logits", logits, targets)
    weights = rng.standard_normal((4, 3))
    wide = logits.astype(np.float64)
    want = numerical_gradient(lambda: float((kernels["log_softmax"](wide, dim=1) * weights).sum()), wide)
    check(
        "the gradient of log_softmax",
        gradients["log_softmax"](kernels["log_softmax"](wide, dim=1), wide, dim=1)[0](weights),
        want,
    )


test_linear_gradients()
test_loss_gradients()

# %% [markdown]
# ### Undoing the broadcast
#
# When `a` of shape (3,) was added to a grid of shape (4, 3), each of its numbers was used four times. Its
# gradient is the sum over the four uses. In general: sum over every dimension that broadcasting
# repeated, until the shape is the input's own.

# %% solution="sum-to-shape"
#| export
#| hint Along which dimensions was one number of the input used more than once?
#| hint Two kinds: dimensions on the left that the input does not have, and sizes of 1 that became larger.
#| hint g.sum(axis=tuple(range(extra))) for the first kind, .sum(axis=those, keepdims=True) for the second.


def sum_to_shape(g, shape):
    """The gradient g summed over the dimensions along which an input of `shape` was repeated.

    >>> sum_to_shape(np.ones((4, 3)), (3,))
    array([4., 4., 4.])
    >>> sum_to_shape(np.ones((4, 3)), (4, 1)).shape
    (4, 1)
    """
    ### BEGIN SOLUTION
    g = g.sum(axis=tuple(range(g.ndim - len(shape))))
    repeated = tuple(i for i, size in enumerate(shape) if size == 1 and g.shape[i] != 1)
    return g.sum(axis=repeated, keepdims=True)
    ### END SOLUTION


# %% test="sum-to-shape" points=8
def test_sum_to_shape():
    g = np.random.default_rng(10).standard_normal((2, 4, 3)).astype(np.float32)
    check("sum_to_shape of (2, 4, 3) to (3,)", sum_to_shape(g, (3,)), g.sum(axis=(0, 1)))
    check("sum_to_shape of (2, 4, 3) to (4, 1)", sum_to_shape(g, (4, 1)), g.sum(axis=(0, 2)).reshape(4, 1))
    check(
        "sum_to_shape of (2, 4, 3) to (2, 1, 1)",
        sum_to_shape(g, (2, 1, 1)),
        g.sum(axis=(1, 2)).reshape(2, 1, 1),
    )
    check("sum_to_shape of (2, 4, 3) to ()", sum_to_shape(g, ()), g.sum())
    check(
        "sum_to_shape of (0, 3) to (1, 3)",
        sum_to_shape(np.ones((0, 3), np.float32), (1, 3)),
        np.zeros((1, 3), np.float32),
    )


test_sum_to_shape()

# %% [markdown]
# ### The observer that records
#
# A `Node` stands for one recorded operation: its place in the order of recording, the shape of its
# result, and its *edges*. An edge leads to what an input came from: the node that made it, or,
# for a tensor that nobody made, the tensor itself. Such a tensor is a *leaf*; weights are leaves. With
# the target stands the function from the table that goes there.
#
# Note what a node does not hold: the tensors in between. When the program drops an intermediate
# tensor, its numbers live on only if some edge's function needs them.

# %% solution="record"
#| export
#| hint When does an operation need to be remembered at all?
#| hint Only if recording is on and some input requires a gradient; only the inputs that do get an edge.
#| hint The edge of x leads to `x._node or x`; then result._node = Node(...), result.requires_grad = True.


class Mode(threading.local):
    recording = True


mode = Mode()


class Node:
    """One recorded operation: `order`, the `shape` of its result, `edges` as (target, function) pairs."""

    __slots__ = ("edges", "order", "shape")
    recorded = itertools.count()

    def __init__(self, shape, edges):
        self.order, self.shape, self.edges = next(Node.recorded), shape, edges


def requires_gradient(inputs):
    """Whether one of the inputs of an operation requires a gradient. (A loop is faster than any(...).)"""
    for x in inputs:  # noqa: SIM110 - the reason is above
        if isinstance(x, Tensor) and x.requires_grad:
            return True
    return False


def gradient_functions(name, arrays, attributes, result):
    """The entry of the table for one operation, called; RuntimeError if a float operation has none."""
    if name in gradients:
        return gradients[name](result.data, *arrays, **attributes)
    if result.dtype.kind == "f":
        raise RuntimeError(f"the operation {name} has no entry in the table of gradients")
    return ()


def record(name, inputs, arrays, attributes, result):
    """The observer: if an input requires a gradient, give `result` a Node with an edge for each that does.

    Comparisons and positions have whole numbers or truth values as results; they get no edges and no node.
    """
    if not mode.recording:
        return
    ### BEGIN SOLUTION
    if not requires_gradient(inputs):
        return
    edges = []
    for x, function in zip(inputs, gradient_functions(name, arrays, attributes, result)):  # noqa: B905 - a bias may be left out
        if isinstance(x, Tensor) and x.requires_grad:
            edges.append((x._node or x, function))
    if edges:
        result._node = Node(result.data.shape, edges)
        result.requires_grad = True
    ### END SOLUTION


# %% test="record" points=8
def recorded(operation):
    """The result of `operation()` with the observer at the door."""
    present = list(observers)
    observers[:] = [record]
    try:
        return operation()
    finally:
        observers[:] = present


def test_record_makes_a_node():
    x, y = Tensor([1.0, 2.0], requires_grad=True), Tensor([3.0, 4.0])
    z = recorded(lambda: x * y)
    check("(x * y).requires_grad, where x requires a gradient", z.requires_grad, True)
    check_true(
        "the node of x * y has one edge, to x itself",
        z._node is not None and [t is x for t, _ in z._node.edges] == [True],
    )
    w = recorded(lambda: z + x)
    check_true(
        "the node of x * y + x has an edge to the node of x * y, and one to x",
        [t is z._node or t is x for t, _ in w._node.edges] == [True, True],
    )


def test_record_leaves_the_rest_alone():
    x, y = Tensor([1.0, 2.0], requires_grad=True), Tensor([3.0, 4.0])
    check("(y * y).requires_grad, where y does not require one", recorded(lambda: y * y).requires_grad, False)
    check("(x > 1).requires_grad", recorded(lambda: x > 1).requires_grad, False)


test_record_makes_a_node()
test_record_leaves_the_rest_alone()

# %% [markdown]
# ### Backward
#
# `pending` holds the gradients that are on their way: one for each node, and in the end one for each
# leaf. A node may pass its gradient on only when it is complete, and it is complete when all later
# nodes have passed theirs. An operation is always recorded after the operations that made its
# inputs. So the order of recording, reversed, is the order to go in, however the graph branches.
# No recursion: a chain of 10,000 operations is a loop of 10,000 turns. And each node is visited once; a
# program that walks every path instead takes twice as long for each further branch.
#
# Two savings matter. A node lets go of its edges as it is passed, so the memory of the forward pass
# shrinks while the backward pass grows. And a sum of gradients is built in the first array that is
# ours alone: the gradient that arrives may be shared with others (`add` passes the same array both ways),
# an array that a function has just computed is not.

# %% solution="backward"
#| export
#| hint What has to be true before a node may hand its gradient on?
#| hint Go through nodes_behind(self._node); each edge's function turns g into a part for its target.
#| hint g = pending.pop(node); deliver(pending, ours, target, function(g), g) per edge; node.edges = None.


def nodes_behind(last):
    """All nodes that the node `last` depends on, the latest recorded first.

    Raises RuntimeError if a backward pass has been there already and has freed what they kept.
    """
    found, waiting = {last}, [last]
    while waiting:
        node = waiting.pop()
        if node.edges is None:
            raise RuntimeError(
                "this graph was freed by an earlier backward(): run the forward pass again, "
                "or add the losses and call backward() once"
            )
        ### BEGIN SOLUTION
        for target, _ in node.edges:
            if isinstance(target, Node) and target not in found:
                found.add(target)
                waiting.append(target)
        ### END SOLUTION
    return sorted(found, key=lambda node: node.order, reverse=True)


def deliver(pending, ours, target, part, g):
    """Add `part`, which came from g, to the gradient that is pending for `target`."""
    if part is None:
        return
    if part.shape != target.shape:
        part = sum_to_shape(part, target.shape)
    if target not in pending:
        pending[target] = part
        if part is not g and part.base is None:
            ours.add(target)
    elif target in ours:
        pending[target] += part
    else:
        pending[target] = pending[target] + part
        ours.add(target)


def accumulate(leaf, g, ours):
    """Add g to leaf.grad: gradients of several backward passes add up until they are dropped."""
    ### BEGIN SOLUTION
    if leaf.grad is None:
        leaf.grad = wrap(np.array(g, leaf.data.dtype, copy=None if ours else True))
    else:
        leaf.grad.data += g
    ### END SOLUTION


def first_gradient(tensor, gradient):
    """What a backward pass starts with: 1 for a tensor of one number, else what the caller gives."""
    if not tensor.requires_grad:
        raise RuntimeError(f"backward() of a tensor of shape {tensor.shape} that does not require a gradient")
    if gradient is None and tensor.size != 1:
        raise RuntimeError(
            f"backward() of a tensor of shape {tensor.shape} needs a gradient of that shape; "
            "only a tensor of one number can do without"
        )
    if gradient is None:
        return np.ones(tensor.shape, tensor.dtype)
    gradient = as_array(gradient).astype(tensor.dtype, copy=False)
    if gradient.shape != tensor.shape:
        raise RuntimeError(
            f"a gradient of shape {gradient.shape} does not fit a tensor of shape {tensor.shape}"
        )
    return gradient


def backward(self, gradient=None):
    """Add this tensor's gradient to `.grad` of every leaf behind it, as `torch.Tensor.backward`.

    `gradient` has the tensor's shape and may be left out for one number. The graph is freed on the way.
    Raises RuntimeError if no gradient is required here, if one is missing or misshapen, if the graph is gone.

    >>> enable_autograd()
    >>> x = Tensor([3.0], requires_grad=True)
    >>> (x * x).backward()
    >>> x.grad
    Tensor([6.])
    """
    pending, ours = {self._node or self: first_gradient(self, gradient)}, set()
    ### BEGIN SOLUTION
    for node in nodes_behind(self._node) if self._node else ():
        g = pending.pop(node, None)
        edges, node.edges = node.edges, None
        for target, function in edges if g is not None else ():
            deliver(pending, ours, target, function(g), g)
    for leaf, g in pending.items():
        accumulate(leaf, g, leaf in ours)
    ### END SOLUTION


def enable_autograd():
    """Wake the gradients: the observer goes to the door, and `Tensor.backward` gets its work.

    Calling it again changes nothing.

    >>> enable_autograd()
    >>> y = Tensor([2.0], requires_grad=True) * 3
    >>> y.requires_grad
    True
    """
    Tensor.backward = backward
    observers[:] = [o for o in observers if o.__name__ != "record"] + [record]


# %% test="backward" points=20
enable_autograd()


def test_backward_of_a_square():
    x = Tensor([3.0], requires_grad=True)
    y = x * x
    y.backward()
    check("x.grad after y = x * x; y.backward(), x = 3", x.grad, Tensor([6.0]))


def test_gradients_of_two_uses_add_up():
    x = Tensor([1.0, 2.0], requires_grad=True)
    (x * 3 + x * x).sum().backward()
    check("x.grad after (x * 3 + x * x).sum().backward()", x.grad, Tensor([5.0, 7.0]))


def test_gradients_of_two_passes_add_up():
    x = Tensor([1.0, 2.0], requires_grad=True)
    (x * 3).sum().backward()
    (x * 4).sum().backward()
    check("x.grad after two backward passes, of 3x and of 4x", x.grad, Tensor([7.0, 7.0]))


def test_leaves_do_not_share_a_gradient():
    a, b = Tensor([1.0, 2.0], requires_grad=True), Tensor([1.0, 2.0], requires_grad=True)
    (a + b).backward(Tensor([1.0, 1.0]))
    check_true(
        "a.grad and b.grad after (a + b).backward(...) are different arrays",
        not np.shares_memory(a.grad.data, b.grad.data),
    )


def test_backward_through_a_network():
    rng = np.random.default_rng(11)
    w1, w2, x = (
        Tensor(rng.standard_normal((4, 3))),
        Tensor(rng.standard_normal((3, 1))),
        Tensor(rng.standard_normal((5, 4))),
    )
    check_gradients(
        "((x @ w1).exp().log() * (x @ w1)) @ w2", lambda a, b: ((x @ a).exp().log() * (x @ a)) @ b, w1, w2
    )


def test_a_chain_of_10000_operations():
    x = y = Tensor([1.0], requires_grad=True)
    for _ in range(10_000):
        y = y + 0.0
    y.backward()
    check("x.grad after 10,000 additions of 0", x.grad, Tensor([1.0]))


def test_branches_do_not_multiply_the_work():
    x = y = Tensor([1.0], requires_grad=True)
    for _ in range(60):
        y = (y + y) * 0.5
    y.backward()
    check("x.grad after 60 times y = (y + y) * 0.5", x.grad, Tensor([1.0]))


def test_backward_refuses():
    x = Tensor([1.0, 2.0], requires_grad=True)
    check_raises("(x * 2).backward() without a gradient", lambda: (x * 2).backward(), RuntimeError, "(2,)")
    check_raises("Tensor([1.0]).backward()", lambda: Tensor([1.0]).backward(), RuntimeError)
    y = (x * x).sum()
    y.backward()
    check_raises("y.backward() for the second time", y.backward, RuntimeError, "freed")


test_backward_of_a_square()
test_gradients_of_two_uses_add_up()
test_gradients_of_two_passes_add_up()
test_leaves_do_not_share_a_gradient()
test_backward_through_a_network()
test_a_chain_of_10000_operations()
test_branches_do_not_multiply_the_work()
test_backward_refuses()

# %% [markdown]
# ### Not recording
#
# Recording keeps memory alive. When no gradient will be asked for, when a model is only used or its
# weights are being updated, it should be off. A `with` block does it, for this thread only, and puts
# back what was there before, also after an error.

# %% solution="no-grad"
#| export
#| hint What must happen if the code inside the block raises an error? And if two blocks are nested?
#| hint Remember the old value, set the new one, yield, and put the old one back in a finally.
#| hint before, mode.recording = mode.recording, flag; then try: yield; finally: mode.recording = before.


@contextmanager
def set_grad_enabled(flag):
    """Inside the block operations are recorded, or not, as `torch.set_grad_enabled`; for this thread.

    >>> with set_grad_enabled(False):
    ...     mode.recording
    False
    """
    ### BEGIN SOLUTION
    before, mode.recording = mode.recording, flag
    try:
        yield
    finally:
        mode.recording = before
    ### END SOLUTION


def no_grad():
    """Nothing is recorded inside `with no_grad():`, or in a function decorated with `@no_grad()`.

    >>> with no_grad():
    ...     y = Tensor([2.0], requires_grad=True) * 3
    >>> y.requires_grad
    False
    """
    return set_grad_enabled(False)


# %% test="no-grad" points=5
def test_no_grad():
    x = Tensor([1.0], requires_grad=True)
    with no_grad():
        check("(x * 2).requires_grad inside no_grad()", (x * 2).requires_grad, False)
        with no_grad():
            pass
        check("the same after an inner block has ended", (x * 2).requires_grad, False)
    check("(x * 2).requires_grad after the block", (x * 2).requires_grad, True)


def test_no_grad_ends_with_an_error():
    x = Tensor([1.0], requires_grad=True)
    try:
        with no_grad():
            raise KeyError("on purpose")
    except KeyError:
        pass
    check("(x * 2).requires_grad after a block that failed", (x * 2).requires_grad, True)


test_no_grad()
test_no_grad_ends_with_an_error()

# %% [markdown]
# ### Operations that bring their own gradient
#
# The table serves the operations that exist. For a new one, keep both directions together in one
# class: `forward` computes and may save arrays for later in its context, `backward` turns the
# gradient of the output into one gradient for each input, or None. It enters both tables and passes through
# the same door. The pattern, and the names, are PyTorch's.

# %% solution="function"
#| export
#| hint `backward` answers for all inputs at once, the table asks for each. How often should it run?
#| hint Keep the answer of the first call; the other functions take their part from it.
#| hint if not answers: answers.extend(as_parts(cls.backward(ctx, g))); return answers[i].


class Context:
    """What `forward` leaves for `backward`: `saved_tensors`, and any attribute."""

    saved_tensors = ()

    def save_for_backward(self, *arrays):
        self.saved_tensors = arrays


def as_parts(answer):
    """The answer of backward as a list of views, because its arrays may be shared with what was saved."""
    parts = answer if isinstance(answer, (tuple, list)) else (answer,)
    return [None if part is None else np.asarray(part)[...] for part in parts]


class Function:
    """An operation with its own backward, as `torch.autograd.Function`, but on arrays.

    >>> class Double(Function):
    ...     def forward(ctx, a):
    ...         return 2 * a
    ...
    ...     def backward(ctx, g):
    ...         return 2 * g
    >>> Double.apply(Tensor([1.0, 3.0]))
    Tensor([2., 6.])
    """

    def __init_subclass__(cls):
        kernels[cls.__name__] = lambda *arrays, ctx, **attributes: cls.forward(ctx, *arrays, **attributes)
        gradients[cls.__name__] = lambda out, *arrays, ctx, **attributes: cls.parts(ctx, len(arrays))

    @classmethod
    def apply(cls, *inputs, **attributes):
        """Run the operation. `ctx.needs_input_grad` tells forward and backward which inputs matter."""
        ctx = Context()
        ctx.needs_input_grad = tuple(isinstance(x, Tensor) and x.requires_grad for x in inputs)
        return apply(cls.__name__, *inputs, ctx=ctx, **attributes)

    @classmethod
    def parts(cls, ctx, count):
        """One function for each input; together they call `backward` once."""
        answers = []

        def part(i, g):
            ### BEGIN SOLUTION
            if not answers:
                answers.extend(as_parts(cls.backward(ctx, g)))
            return answers[i]
            ### END SOLUTION

        return [partial(part, i) for i in range(count)]


# %% test="function" points=4
def test_function():
    calls = []

    class ScaledProduct(Function):
        def forward(ctx, a, b, scale):
            ctx.save_for_backward(a, b)
            return scale * a * b

        def backward(ctx, g):
            calls.append("backward")
            a, b = ctx.saved_tensors
            return 3 * g * b, 3 * g * a

    x, y = Tensor([1.0, 2.0], requires_grad=True), Tensor([5.0, 7.0], requires_grad=True)
    ScaledProduct.apply(x, y, scale=3).sum().backward()
    check("x.grad of 3xy", x.grad, Tensor([15.0, 21.0]))
    check("y.grad of 3xy", y.grad, Tensor([3.0, 6.0]))
    check("how often backward was called", len(calls), 1)


test_function()

# %% [markdown]
# ### Time for memory
#
# A deep network keeps an array or two for every layer until the backward pass comes by. `checkpoint`
# makes another bargain: run a stretch of the network without recording, keep only its input, and
# when its gradient is asked for, run the stretch again, this time recording. One more forward pass, and the
# arrays of only one stretch at a time. Random numbers must come out the same the second time, so the
# generator's state is kept too.

# %% solution="checkpoint"
#| export
#| hint During the second run, what must be the same as in the first, and what must be different?
#| hint Let each x of `again` require what its input did; run with recording on; go backward from the result.
#| hint with set_grad_enabled(True), random_state(ctx.state): result = ...; then result.backward(wrap(g)).


@contextmanager
def random_state(state):
    """Inside the block the shared generator continues from `state`; afterwards from where it was."""
    before, rng.bit_generator.state = rng.bit_generator.state, state
    try:
        yield
    finally:
        rng.bit_generator.state = before


class Checkpoint(Function):
    """The first input is a stand-in that requires a gradient, so that the operation is always recorded."""

    def forward(ctx, stand_in, *arrays, function):
        ctx.arrays, ctx.function, ctx.state = arrays, function, rng.bit_generator.state
        with no_grad():
            return function(*[wrap(a) for a in arrays]).data

    def backward(ctx, g):
        again = [wrap(a) for a in ctx.arrays]
        ### BEGIN SOLUTION
        for x, needed in zip(again, ctx.needs_input_grad[1:], strict=True):
            x.requires_grad = needed
        with set_grad_enabled(True), random_state(ctx.state):
            result = ctx.function(*again)
        if result.requires_grad:
            result.backward(wrap(g))
        ### END SOLUTION
        return [None, *(None if x.grad is None else x.grad.data for x in again)]


def checkpoint(function, *inputs):
    """`function(*inputs)`, keeping only the inputs for the backward pass, as `torch.utils.checkpoint`.

    `function` takes and returns tensors and is run a second time during backward().

    >>> x = Tensor([3.0], requires_grad=True)
    >>> checkpoint(lambda a: a * a, x).backward()
    >>> x.grad
    Tensor([6.])
    """
    stand_in = Tensor(0.0, requires_grad=True)
    return Checkpoint.apply(stand_in, *inputs, function=function)


# %% test="checkpoint" points=5
def test_checkpoint_has_the_same_gradients():
    rng = np.random.default_rng(12)
    x, w = (Tensor(rng.standard_normal((3, 3)), requires_grad=True) for _ in range(2))
    stretch = lambda a: (a @ w).exp() * a  # noqa: E731 - the stretch is what varies
    stretch(x).sum().backward()
    want, x.grad, w.grad = (x.grad, w.grad), None, None
    checkpoint(stretch, x).sum().backward()
    check("x.grad behind checkpoint(...)", x.grad, want[0])
    check("w.grad, a weight that the stretch uses", w.grad, want[1])


def test_checkpoint_repeats_random_numbers():
    x = Tensor(np.ones(50), requires_grad=True)
    noise = []

    def stretch(a):
        noise.append(rng.random(50, np.float32))
        return a * Tensor(noise[-1])

    checkpoint(stretch, x).sum().backward()
    check("how often the stretch was run", len(noise), 2)
    check("the random numbers of its second run", noise[1], noise[0])


test_checkpoint_has_the_same_gradients()
test_checkpoint_repeats_random_numbers()

# %% [markdown]
# ### Trust, but check
#
# Gradients fail silently: a model with a wrong one still trains, only worse. So whoever writes a new gradient
# holds it against nudging. Nudging needs the digits of float64, which our operations keep when they
# are given them.

# %% solution="gradcheck"
#| export
#| hint How can one number stand for an output of many numbers without hiding a mistake?
#| hint Multiply the output with fixed random weights and sum; compare the slopes of that number.
#| hint weighted().backward() on one side, numerical_gradient(lambda: weighted().item(), x.data) on the other.


def gradcheck(function, inputs, eps=1e-6, atol=1e-5, rtol=1e-3):
    """True if backward() and nudging agree for every input; RuntimeError naming the place if not.

    `inputs` is a list of tensors, computed with in float64, as `torch.autograd.gradcheck`.

    >>> gradcheck(lambda a, b: (a * b).exp(), [Tensor([0.5, 1.0]), Tensor([2.0, -1.0])])
    True
    """
    wide = [tensor(x, dtype=np.float64, requires_grad=True) for x in inputs]
    weights = np.random.default_rng(0).standard_normal(function(*wide).shape)
    weighted = lambda: (function(*wide) * wrap(weights)).sum()  # noqa: E731 - used on both sides
    ### BEGIN SOLUTION
    weighted().backward()
    for i, x in enumerate(wide):
        want = numerical_gradient(lambda: weighted().item(), x.data, eps)
        got = np.zeros_like(want) if x.grad is None else x.grad.data
        agree = np.isclose(got, want, atol=atol, rtol=rtol)
        if not agree.all():
            at = tuple(int(n) for n in np.argwhere(~agree)[0])
            raise RuntimeError(f"input {i}, index {at}: backward gives {got[at]:.6g}, nudging {want[at]:.6g}")
    return True
    ### END SOLUTION


# %% test="gradcheck" points=3
def test_gradcheck():
    x = Tensor([0.5, 1.5])
    check("gradcheck of x * x.exp()", gradcheck(lambda a: a * a.exp(), [x]), True)


def test_gradcheck_finds_a_mistake():
    class Wrong(Function):
        def forward(ctx, a):
            return a * a

        def backward(ctx, g):
            return g

    check_raises(
        "gradcheck of a square with a wrong gradient",
        lambda: gradcheck(Wrong.apply, [Tensor([0.5, 1.5])]),
        RuntimeError,
        "input 0",
    )


test_gradcheck()
test_gradcheck_finds_a_mistake()

# %% [markdown]
# ## Use
#
# The layers and the loss of the earlier modules, as they were written, on real digits. Twenty steps
# downhill with all 400 pictures, and no formula derived by hand.

# %%
from tinytorch.core.tensor import manual_seed, peak_memory, seconds
from tinytorch.datasets import TinyDigits
from tinytorch.nn.activations import ReLU, Tanh
from tinytorch.nn.layers import Linear, Sequential
from tinytorch.nn.losses import CrossEntropyLoss

manual_seed(0)
digits = TinyDigits(train=True)
x, labels = Tensor(digits.images[:400]).reshape(400, 784) / 255, digits.labels[:400]
model, loss_of = Sequential(Linear(784, 32), ReLU(), Linear(32, 10)), CrossEntropyLoss()

for step in range(20):
    loss = loss_of(model(x), labels)
    model.zero_grad()
    loss.backward()
    for parameter in model.parameters():
        parameter.data -= 0.3 * parameter.grad
    if step % 5 == 0 or step == 19:
        right = (model(x).argmax(dim=1).numpy() == labels).mean()
        print(f"step {step:2d}  loss {loss.item():.3f}  {right:.0%} right")
assert right > 0.8

# %% [markdown]
# ## Measure
#
# Predict: a forward pass takes the time t. How long does forward and backward take together?

# %%
batch, wide = Tensor(np.ones((256, 512))), Linear(512, 512)
batch.requires_grad = True
with no_grad():
    forward = seconds(lambda: wide(batch), 50)
both = seconds(lambda: wide(batch).sum().backward(), 50)
print(
    f"forward {forward * 1e3:.2f} ms, forward and backward {both * 1e3:.2f} ms, "
    f"{both / forward:.1f} times as long"
)

# %% [markdown]
# The gradient by nudging would need two forward passes for each of the 262,656 parameters. Now the
# memory. A chain of 16 tanh layers on 1,000 rows of 256 numbers, 1.02 MB a layer: the linear part keeps
# its input, the tanh its output, and that is the next layer's input, one array for both. So 16 MB and
# the weights' gradients stay alive. In stretches of four with `checkpoint`, what is the peak, and
# what does it cost?

# %%
rows = Tensor(np.ones((1000, 256)))
deep = [Sequential(Linear(256, 256), Tanh()) for _ in range(16)]
stretches = [Sequential(*deep[i : i + 4]) for i in range(0, 16, 4)]


def train_step(layers, run):
    out = rows
    for layer in layers:
        out = run(layer, out)
    out.sum().backward()


def plain(layer, out):
    return layer(out)


def measured_step(name, layers, run):
    for layer in deep:
        layer.zero_grad()
    peak = peak_memory(lambda: train_step(layers, run))
    slopes = [p.grad.data.copy() for layer in deep for p in layer.parameters()]
    time = seconds(lambda: train_step(layers, run), 3)
    print(f"{name:16s} peak {peak / 1e6:5.1f} MB, {time * 1e3:4.0f} ms a step")
    return peak, slopes


all_kept, want = measured_step("everything kept", deep, plain)
in_stretches, got = measured_step("checkpoints", stretches, checkpoint)
assert in_stretches < 0.75 * all_kept
assert all((a == b).all() for a, b in zip(want, got, strict=True))

# %% [markdown] reflect="three-times" points=2
# ## Reflect
#
# **1. Three times.** Training a model is said to cost three times as many multiply-adds as using it. Derive
# the three from `towards_left` and `towards_right`. For which layer of a network is it only two, and
# does your `record` know?
#
# ### BEGIN SOLUTION
# Rubric: one product forward, one for each of the two inputs backward. The first layer's input needs no
# gradient; only inputs that require one get an edge, so that product is never computed. One point each.
# ### END SOLUTION

# %% [markdown] reflect="what-is-kept" points=2
# **2. What is kept.** For ReLU, exp, addition and the linear layer, say which arrays stay alive until the
# backward pass, in bytes, for 1,000 rows of 256 numbers. Would `x ** 2` keep less if it were written
# as `x * x`?
#
# ### BEGIN SOLUTION
# Rubric: ReLU and exp their output, 1.024 MB; addition nothing; the linear layer its input, 1.024 MB,
# and the weight, which is alive anyway. x ** 2 keeps x once and x * x keeps it twice, but it is the same
# array: no difference.
# ### END SOLUTION

# %% [markdown] reflect="patching" points=1
# **3. One class, woken.** `enable_autograd` changes a class while the program runs. What could go wrong in a
# large program because of that, and what would be the price of two classes, one with gradients
# and one without?
#
# ### BEGIN SOLUTION
# Rubric: global state: the effect depends on who called first, and reaches code that did not ask for it. Two
# classes need conversions at every border and two of every layer; PyTorch had that until 0.4.
# ### END SOLUTION

# %% [markdown]
# ## In PyTorch
#
# The same structure in C++: each result holds a `grad_fn`, a node whose `next_functions` are our
# edges, and `backward()` takes the nodes by their sequence number, the latest first. Leaves have a
# node of their own that accumulates. PyTorch also counts the changes of every tensor and refuses to
# go backward through one that was changed in place since it was saved; ours does not notice if
# you change `.data` between forward and backward. And it can record the backward pass itself, for
# derivatives of derivatives; our gradient functions work on arrays, outside the door.
#
# Until version 0.4, of April 2018, PyTorch had two classes, `Tensor` and `Variable`, and only the second
# had gradients. Merging them is what `enable_autograd` did here.
#
# ## Today
#
# Checkpointing is how models are trained whose activations would not fit: recompute a
# third more and keep a fraction. The rest of the field's frameworks differ mostly in when the graph is
# written down: while the program runs, as here, or once before, so that a compiler can rearrange it.
