# %% [markdown]
# {header}

# %% [markdown]
# ## The problem
#
# A network with 100,000 weights makes an error. In which direction should each weight move, and how
# strongly does the error depend on it? The answers are 100,000 derivatives, together called the
# *gradient* of the error.
#
# You could change one weight by a tiny amount, run the network again and see how the error changes. That gives one
# derivative for one forward pass, and each training step needs all 100,000.
#
# This chapter computes all of them for the price of about two more forward passes. While the program computes the
# error, it writes down each operation. Then it reads the list backwards and applies the chain rule to each entry:
# reverse-mode automatic differentiation, *autograd* for short.
#
# ### What you stand on
#
# - Every operation goes through `apply`, which calls each function in the list `observers` with
#   `(name, inputs, arrays, attributes, result)`: the Tensors that went in, their arrays, options such as
#   `dim`, and the Tensor that came out (module 01). Of a composite such as `gelu`, the parts go through `apply`.
# - `wrap(array)` makes a Tensor around an array without copying it.
# - A Tensor has `requires_grad`, `grad` and `_node`. All three did nothing until now.
#
# You will add one observer. Not a line of modules 01 to 04 changes, and everything in them will have gradients.

# %% [markdown]
# ## Build
#
# ### The whole idea, on single numbers
#
# Let x = 3, y = 4 and z = x * y + x * x. The graph shows how z is computed. The number on each edge is a
# *local derivative*: how much the value at its right end grows per unit of the value at its left end.
#
# ```
#    x ----- 4 -----.
#                    p = x * y = 12 ---- 1 ----.
#    y ----- 3 -----'                           \
#                                                z = p + q = 21
#    x ----- 3 -----.                           /
#                    q = x * x = 9 ----- 1 ----'
#    x ----- 3 -----'
# ```
#
# For dz/dx, multiply the local derivatives along each path from z back to x, and add the paths:
#
# ```
#    through p: 1 * 4 = 4        through q: 1 * 3 = 3, and once more 1 * 3 = 3        dz/dx = 10
# ```
#
# Check it by hand: with x = 3.001, z is 21.010001, which is 0.010 more for 0.001. That is the chain rule
# as a program needs it: *multiply along a path, add over the paths.*
#
# A `Scalar` remembers its value and its parents, the Scalars that it was computed from, each with the local derivative.
# Write the product, and the loop that passes the gradients on. A Scalar may pass its gradient on only when that is
# complete. `newest_first` takes care of it: everything computed *from* a Scalar is newer and has its turn before.

# %% solution="scalar"
#| default_exp core.autograd
#| export
#| hint __mul__: if x grows by 1 and y stays, by how much does x * y grow?
#| hint __mul__: `__add__` shows the form of a parent. What is the local derivative of a product by its first factor?
#| hint __mul__: a Scalar with two parents, each beside the value of the other factor.
#| hint backward: x is reached three times in the graph above. What must not happen to the first of its contributions?
#| hint backward: each parent stands beside a local derivative. What does it multiply on the way to that parent?
#| hint backward: for each parent, add the local derivative times the gradient of this Scalar to its grad.
import itertools
import math
import threading
from contextlib import contextmanager
from functools import partial

import numpy as np

from tinytorch._names.switch import switch
from tinytorch._writes import check_node, clock
from tinytorch.core.tensor import Tensor, apply, as_array, composites, kernels, observers, rng, tensor, total, wrap


class Scalar:
    """A number that remembers how it was computed.

    >>> x, y = Scalar(3.0), Scalar(4.0)
    >>> z = x * y + x * x
    >>> z.backward()
    >>> x.grad, y.grad
    (10.0, 3.0)
    """

    clock = itertools.count()

    def __init__(self, value, parents=()):
        self.value, self.grad = value, 0.0
        self.parents = parents  # pairs (Scalar, local derivative)
        self.time = next(Scalar.clock)

    def __add__(self, other):
        return Scalar(self.value + other.value, [(self, 1.0), (other, 1.0)])

    def __mul__(self, other):
        ### BEGIN SOLUTION
        return Scalar(self.value * other.value, [(self, other.value), (other, self.value)])
        ### END SOLUTION

    def backward(self):
        """Set `grad` of everything behind this Scalar to the derivative of this one by it."""
        self.grad = 1.0
        for scalar in newest_first(self):
            ### BEGIN SOLUTION
            for parent, derivative in scalar.parents:
                parent.grad += derivative * scalar.grad
            ### END SOLUTION


def newest_first(last):
    """`last` and everything that it was computed from, each once, the newest first."""
    found, to_visit = {last}, [last]
    while to_visit:
        for parent, _ in to_visit.pop().parents:
            if parent not in found:
                found.add(parent)
                to_visit.append(parent)
    return sorted(found, key=lambda scalar: scalar.time, reverse=True)


# %% test="scalar" points=8
from tinytorch.testing import check, check_gradients, check_raises, check_true


def test_scalar_product():
    x, y = Scalar(3.0), Scalar(4.0)
    product = x * y
    check("(Scalar(3) * Scalar(4)).value", product.value, 12.0)
    got = [(parent is x, derivative) for parent, derivative in product.parents]
    check("its parents: x with the local derivative y, then y with x", got, [(True, 4.0), (False, 3.0)])


def test_scalar_paths_are_multiplied_and_added():
    x, y = Scalar(3.0), Scalar(4.0)
    z = x * y + x * x
    z.backward()
    check("x.grad of z = x * y + x * x at (3, 4), a sum over three paths", x.grad, 10.0)
    check("y.grad", y.grad, 3.0)
    x = Scalar(2.0)
    y = x * x
    (y * y * x).backward()
    check("x.grad of x to the fifth, at 2: 5 * 16", x.grad, 80.0)


test_scalar_product()
test_scalar_paths_are_multiplied_and_added()

# %% [markdown]
# The graph again, from your objects. The last number is what the edge carries; those from x are 4, 3 and 3.


# %%
def draw(scalar, depth=0):
    """The edges behind a Scalar, those of its parents below each and indented."""
    for parent, derivative in scalar.parents:
        print("    " * depth, f"{parent.value:g} --- {derivative:g} ---> {scalar.value:g}", derivative * scalar.grad)
        draw(parent, depth + 1)


x, y = Scalar(3.0), Scalar(4.0)
z = x * y + x * x
z.backward()
draw(z)

# %% [markdown]
# ### From numbers to tensors
#
# One object for each number would be far too slow. A tensor operation handles 100,000 numbers at once, so we record
# operations instead. Two things change.
#
# **A function replaces the local derivative.** For `out = a @ b` the local derivative would be a huge matrix: each
# element of `out` by each element of `a`. Only its product with `g`, the gradient of the output, is needed, and that
# has the shape of `a`. So for each input of an operation we keep a function that turns `g` into the gradient of that
# input.
#
# **Broadcasting uses one element many times.** Its gradient is the sum over these uses.
#
# The table `gradients` has an entry for each operation that can be differentiated. An entry gets the output and the
# inputs of the operation and returns one function per input.

# %%
#| export
gradients = {}


def gradient(name):
    """Enter the decorated function in the table of gradients, for the operation `name`."""

    def enter(function):
        gradients[name] = function
        return function

    return enter


@gradient("add")
def add_gradients(out, a, b):
    return lambda g: g, lambda g: g


@gradient("mul")
def mul_gradients(out, a, b):
    return lambda g: g * b, lambda g: g * a


# %% [markdown]
# Look at what these functions mention. `lambda g: g * b` keeps the array `b` alive until the backward pass has
# called it; the functions of `add` keep nothing. This is where the memory of training goes.
#
# ### The observer that records
#
# A `Node` stands for one recorded operation: its name, a number that says when it was recorded, the shape of the
# result, and its *edges*. An edge is a pair: a target, and the function that turns the gradient of the result into
# the gradient of that input. The target is the node of the operation that made the input, `x._node`. If there is none,
# the target is the Tensor itself, then called a *leaf*. Weights are leaves.
#
# ```
#    h = x @ w        Node 0   edges: (w, function)                    x requires no gradient: no edge
#    y = h * h        Node 1   edges: (Node 0, function), (Node 0, function)
#    z = y + w        Node 2   edges: (Node 1, function), (w, function)
# ```
#
# A node does not hold Tensors in between: when the program drops `h`, its array lives on only if a function needs it.

# %% solution="record"
#| export
#| hint When must an operation be remembered at all, and which of its inputs need an edge?
#| hint `derivatives` returns the functions, one per input. Go through inputs and functions together.
#| hint Collect pairs: the node of x, or x if it has none, and the function. If there are any, the result gets a Node.


class Mode(threading.local):
    recording = True


mode = Mode()


class Node:
    """One recorded operation: its `name`, `order`, the `shape` of its result, `edges` as pairs (target, function)."""

    __slots__ = ("edges", "name", "order", "shape")

    def __init__(self, name, shape, edges):
        self.name, self.order, self.shape, self.edges = name, next(clock), shape, edges


def requires_gradient(inputs):
    """Whether one of the inputs of an operation requires a gradient. (A loop is faster than any(...).)"""
    for x in inputs:  # noqa: SIM110 - the reason is above
        if isinstance(x, Tensor) and x.requires_grad:
            return True
    return False


def derivatives(name, arrays, attributes, result):
    """The table's entry for one operation, called. RuntimeError if an operation on floats has none."""
    if name in gradients:
        return gradients[name](result.data, *arrays, **attributes)
    if result.dtype.kind != "f":
        return ()
    remedy = "or remove its kernel, so that its parts run" if name in composites else "it cannot be differentiated"
    raise RuntimeError(f"the operation {name} has no entry in the table of gradients: enter one, {remedy}")


def record(name, inputs, arrays, attributes, result):
    """The observer: if an input requires a gradient, `result` gets a Node with an edge for each that does.

    Comparisons and positions have no derivative; they get no edges and no node.
    """
    if not mode.recording or not requires_gradient(inputs):
        return
    ### BEGIN SOLUTION
    edges = []
    for x, function in zip(inputs, derivatives(name, arrays, attributes, result), strict=False):
        if isinstance(x, Tensor) and x.requires_grad:
            edges.append((x._node or x, function))
    if edges:
        result._node = Node(name, result.data.shape, edges)
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
    check("the function on that edge, called with ones", z._node.edges[0][1](np.ones(2, np.float32)), y.data)
    w = recorded(lambda: z + x)
    check_true(
        "the node of x * y + x has an edge to the node of x * y, and one to x",
        [t is z._node or t is x for t, _ in w._node.edges] == [True, True],
    )


def test_record_leaves_the_rest_alone():
    x, y = Tensor([1.0, 2.0], requires_grad=True), Tensor([3.0, 4.0])
    plain, comparison = (lambda: recorded(lambda: y * y).requires_grad), (lambda: recorded(lambda: x > 1).requires_grad)
    check("(y * y).requires_grad, where y does not require one", plain, False)
    check("(x > 1).requires_grad", comparison, False)


test_record_makes_a_node()
test_record_leaves_the_rest_alone()

# %% [markdown]
# ### In which order
#
# The backward pass must visit all nodes behind the last one, each exactly once. An operation is recorded after those
# that made its inputs, so the reversed order of recording is safe, as for Scalars. Do not follow every path by
# recursion: after 60 lines of `y = y + y` there are 2 to the 60 paths, and Python's recursion ends at a depth of
# 1,000. Collect the nodes in a loop, as `newest_first` did.

# %% solution="order"
#| export
#| hint How do you notice that you have met a node before?
#| hint Compare with `newest_first`: what takes the role of the parents here, and which targets are no nodes?
#| hint A target that is a Node and has not been found yet is noted as found, and must be visited.


def nodes_behind(last):
    """All nodes that `last` depends on, itself included, the latest recorded first; RuntimeError from `check_node`."""
    found, to_visit = {last}, [last]
    while to_visit:
        node = to_visit.pop()
        check_node(node)
        ### BEGIN SOLUTION
        for target, _ in node.edges:
            if isinstance(target, Node) and target not in found:
                found.add(target)
                to_visit.append(target)
        ### END SOLUTION
    return sorted(found, key=lambda node: node.order, reverse=True)


# %% test="order" points=6
def node(*targets):
    """A Node with an edge to each of these."""
    return Node("mine", (), [(target, lambda g: g) for target in targets])


def test_nodes_behind():
    leaf = Tensor([1.0], requires_grad=True)
    first = node(leaf)
    left, right = node(first, leaf), node(first)
    last = node(right, left, leaf)
    got = [[last, right, left, first].index(n) for n in nodes_behind(last)]
    check("the nodes behind the last of four, by age: the leaf is none of them", got, [0, 1, 2, 3])
    check("how many nodes there are behind the second", len(nodes_behind(left)), 2)


def test_nodes_behind_a_long_chain():
    last = node()
    for _ in range(5000):
        last = node(last, last)
    check("the nodes behind a chain of 5,000 nodes, each used twice", len(nodes_behind(last)), 5001)


test_nodes_behind()
test_nodes_behind_a_long_chain()

# %% [markdown]
# ### Accumulating
#
# `pending` is a dictionary with the gradients of this backward pass: target -> array. A target is a node or
# a leaf. What an edge's function returns is added to what is pending for the target: `+`, not `=`, for the same
# reason as in `Scalar`. At the end the gradients of the leaves are added to `leaf.grad`. There the gradients of
# several backward passes add up until somebody sets `grad` to None.
#
# Two traps are new.
#
# - The function of `add` returns `g` itself, so both inputs of an addition may receive *the same array*.
#   `pending[target] += part` would change that array for everybody who holds it: make a new one. For the same reason
#   a leaf keeps a copy, or two weights might share one gradient.
# - A float32 weight that was multiplied by a float64 tensor receives a float64 array. Its `grad` must have the dtype
#   of the weight all the same; otherwise the next update would turn the model into float64.

# %% solution="accumulate"
#| export
#| hint send: who else might hold the pending array, or the new part, at this moment?
#| hint send: what is different for the first part of a target? Which operator makes a new array?
#| hint send: the first part is stored as it is; a later one is stored as a new sum.
#| hint accumulate: who else might hold g? And of which dtype is it?
#| hint accumulate: np.array copies, and takes a dtype. Is there a gradient from an earlier pass?
#| hint accumulate: without an earlier gradient, a wrapped copy in the leaf's dtype; else add g into the array there.


def send(pending, target, part):
    """Add the array `part` to the gradient that is pending for `target`. None means: no contribution.

    >>> pending = {}
    >>> send(pending, "w", np.array([1.0, 2.0]))
    >>> send(pending, "w", np.array([10.0, 10.0]))
    >>> pending
    {'w': array([11., 12.])}
    """
    if part is None:
        return
    ### BEGIN SOLUTION
    pending[target] = part if target not in pending else pending[target] + part
    ### END SOLUTION


one_at_a_time = threading.Lock()  # several threads may add to one leaf


def accumulate(leaf, g):
    """Add the array g to `leaf.grad`, a Tensor of the leaf's dtype with memory of its own.

    >>> w = Tensor([1.0, 2.0])
    >>> accumulate(w, np.array([1.0, 1.0]))
    >>> accumulate(w, np.array([1.0, 5.0]))
    >>> w.grad
    Tensor([2., 6.])
    """
    with one_at_a_time:
        ### BEGIN SOLUTION
        if leaf.grad is None:
            leaf.grad = wrap(np.array(g, leaf.dtype))
        else:
            leaf.grad.data += g
        ### END SOLUTION


# %% test="accumulate" points=8
def test_send():
    first, second = np.array([1.0, 2.0], np.float32), np.array([10.0, 20.0], np.float32)
    pending = {"other": first}
    send(pending, "w", first)
    send(pending, "w", second)
    send(pending, "w", None)
    check("what is pending for w after parts [1, 2], [10, 20] and None", pending["w"], np.float32([11, 22]))
    check("what is pending for another target, which holds the same array", pending["other"], np.float32([1, 2]))
    check("the second part afterwards", second, np.float32([10, 20]))


def test_accumulate():
    w, g = Tensor([0.0, 0.0]), np.array([1.0, 2.0])
    accumulate(w, g)
    check("w.grad after the first gradient, float64, beside a float32 leaf", w.grad, Tensor([1.0, 2.0]))
    check_true("w.grad and the array that came are different arrays", not np.shares_memory(w.grad.data, g))
    accumulate(w, np.array([10.0, 10.0], np.float32))
    check("w.grad after a second one", w.grad, Tensor([11.0, 12.0]))
    check("the first array afterwards", g, np.array([1.0, 2.0]))


test_send()
test_accumulate()

# %% [markdown]
# ### Backward
#
# The pass starts with the gradient of the last node: 1 if the result is a single number. Then, node by node: take
# what is pending for it *out of* the dictionary, let each edge's function turn it into a contribution, and send that.
# A node that received nothing sends nothing. Set the node's `edges` to None once you have them, unless
# `retain_graph` asks for another pass: so the arrays that its functions kept are freed as the pass goes on.
#
# You may skip the next cell. `arrived` undoes broadcasting, with the function that you write after this one;
# `first_gradient` checks what the caller passed.

# %%
#| export


def arrived(part, target):
    """A contribution in the shape of its target, which may have been broadcast; None stays None."""
    return part if part is None or part.shape == target.shape else sum_to_shape(part, target.shape)


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
        raise RuntimeError(f"a gradient of shape {gradient.shape} does not fit a tensor of shape {tensor.shape}")
    return gradient


# %% solution="backward"
#| export
#| hint What must be true before a node may pass its gradient on? And what can be freed as soon as it has?
#| hint For each node: take its gradient out of `pending`, note its edges, and only then call their functions.
#| hint Pop g; replace the edges; if there is a g, send to each target what `arrived` makes of the function's result.


def backward(self, gradient=None, retain_graph=False):
    """Add this tensor's gradient to `.grad` of every leaf behind it, as `torch.Tensor.backward`.

    `gradient` has the tensor's shape and may be omitted for a single number. The graph is freed on the way, unless
    `retain_graph` says that there will be another pass. RuntimeError if no gradient is required here, if one is
    missing or misshapen, if the graph is gone.

    >>> enable_autograd()
    >>> x = Tensor([3.0], requires_grad=True)
    >>> (x * x).backward()
    >>> x.grad
    Tensor([6.])
    """
    pending = {self._node or self: first_gradient(self, gradient)}
    for node in nodes_behind(self._node) if self._node else ():
        ### BEGIN SOLUTION
        g = pending.pop(node, None)
        edges, node.edges = node.edges, node.edges if retain_graph else None
        if g is not None:
            for target, function in edges:
                send(pending, target, arrived(function(g), target))
        ### END SOLUTION
    for leaf, g in pending.items():
        accumulate(leaf, g)


def enable_autograd():
    """Switch gradients on: the observer goes to the door, and `Tensor.backward` does its work.

    Calling it again changes nothing.

    >>> enable_autograd()
    >>> y = Tensor([2.0], requires_grad=True) * 3
    >>> y.requires_grad
    True
    """
    Tensor.backward = backward
    observers[:] = [o for o in observers if o.__name__ != "record"] + [record]


# %% test="backward" points=12
enable_autograd()


def test_backward_of_a_square():
    x = Tensor([3.0], requires_grad=True)
    y = x * x
    y.backward()
    check("x.grad after y = x * x; y.backward(), x = 3", x.grad, Tensor([6.0]))


def test_gradients_of_two_uses_add_up():
    x = Tensor([1.0, 2.0], requires_grad=True)
    three = Tensor([3.0, 3.0])
    (x * three + x * x).backward(Tensor([1.0, 10.0]))
    check("x.grad after (x * 3 + x * x).backward([1, 10]), x = [1, 2]", x.grad, Tensor([5.0, 70.0]))


def test_gradients_of_two_passes_add_up():
    x = Tensor([1.0], requires_grad=True)
    (x * Tensor([3.0])).backward()
    (x * Tensor([4.0])).backward()
    check("x.grad after two backward passes, of 3x and of 4x", x.grad, Tensor([7.0]))


def test_leaves_do_not_share_a_gradient():
    a, b = Tensor([1.0, 2.0], requires_grad=True), Tensor([1.0, 2.0], requires_grad=True)
    (a + b).backward(Tensor([1.0, 1.0]))
    check_true(
        "a.grad and b.grad after (a + b).backward(...) are different arrays",
        not np.shares_memory(a.grad.data, b.grad.data),
    )


def test_a_chain_of_10000_operations():
    x = y = Tensor([1.0], requires_grad=True)
    nothing = Tensor([0.0])
    for _ in range(10_000):
        y = y + nothing
    y.backward()
    check("x.grad after 10,000 additions of 0", x.grad, Tensor([1.0]))


def test_branches_do_not_multiply_the_work():
    x = y = Tensor([1.0], requires_grad=True)
    half = Tensor([0.5])
    for _ in range(60):
        y = (y + y) * half
    y.backward()
    check("x.grad after 60 times y = (y + y) * 0.5", x.grad, Tensor([1.0]))


def test_backward_frees_the_graph():
    x = Tensor([1.0], requires_grad=True)
    y = x * x
    y.backward()
    check_raises("y.backward() for the second time", y.backward, RuntimeError, "freed")


def test_backward_refuses():
    x = Tensor([1.0, 2.0], requires_grad=True)
    check_raises("(x * x).backward() without a gradient", lambda: (x * x).backward(), RuntimeError, "(2,)")
    check_raises("Tensor([1.0]).backward()", lambda: Tensor([1.0]).backward(), RuntimeError)


test_backward_of_a_square()
test_gradients_of_two_uses_add_up()
test_gradients_of_two_passes_add_up()
test_leaves_do_not_share_a_gradient()
test_a_chain_of_10000_operations()
test_branches_do_not_multiply_the_work()
test_backward_frees_the_graph()
test_backward_refuses()

# %% [markdown]
# ### Undoing the broadcast
#
# When `a` of shape (3,) is added to a matrix of shape (4, 3), each element of `a` is used four times, and its gradient
# is the sum over these four paths. In general: sum the gradient over each dimension along which broadcasting repeated
# the input. Use `total(g, dims, keepdim)` of module 01, which adds in float64 and returns float32: the gradient of a
# bias may be a sum over a million rows, and `g.sum` in float32 loses digits there.
#
# ```
#    input          (3,)       ( 1, 3)       (4, 1)
#    used as     ( 4, 3)       ( 4, 3)       (4, 3)
#    sum over       dim 0         dim 0         dim 1
#    keep dim?      no            yes           yes
# ```

# %% solution="sum-to-shape"
#| export
#| hint Along which dimensions was one element of the input used more than once?
#| hint Two kinds: dimensions on the left that the input does not have, and sizes of 1 that have become larger.
#| hint Sum over the leading dimensions that are too many; then over those of size 1 in the input, keeping them.


def sum_to_shape(g, shape):
    """The gradient g summed over the dimensions along which an input of `shape` was repeated.

    >>> sum_to_shape(np.ones((4, 3)), (3,))
    array([4., 4., 4.])
    >>> sum_to_shape(np.ones((4, 3)), (4, 1)).shape
    (4, 1)
    """
    ### BEGIN SOLUTION
    sums = total(g, tuple(range(g.ndim - len(shape))))
    repeated = tuple(i for i, size in enumerate(shape) if size == 1 and sums.shape[i] != 1)
    return total(sums, repeated, keepdim=True)
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
# ### A judge
#
# The rest of the table follows, and each entry has a test of its own. A wrong derivative causes no error: the model
# trains, only worse. So each entry is compared with a measurement. `numerical_gradient` changes one element at a time
# by a tiny amount. It is slow, and it knows nothing about the chain rule: an ideal judge.

# %%
#| export


def numerical_gradient(function, array, eps=1e-6):
    """The derivative of the number `function()` by each element of `array`, by central differences.

    `array` is float64; it is changed in place while we measure, and put back.

    >>> x = np.array([3.0])
    >>> numerical_gradient(lambda: (x * x).sum(), x).round(3)
    array([6.])
    """
    found = np.zeros_like(array)
    for index in np.ndindex(array.shape):
        middle = array[index]
        array[index] = middle + eps
        above = function()
        array[index] = middle - eps
        below = function()
        array[index] = middle
        found[index] = (above - below) / (2 * eps)
    return found


# %% [markdown]
# ### Arithmetic
#
# Derive on paper first: a - b by b, -a, and a / b by a and by b.

# %% solution="arithmetic"
#| export
#| hint sub: if b grows by a little, in which direction does a - b move?
#| hint sub: one derivative is that of `add`. What is the other?
#| hint sub: g, and minus g.
#| hint neg: what is the derivative of -a?
#| hint neg: an entry returns one function per input, here a tuple of one.
#| hint neg: a tuple with one function, which changes the sign of g.
#| hint div: if b grows, does a / b grow or shrink? Faster for a small or for a large b?
#| hint div: the derivative by b is -a / (b * b). Which factor of it has been computed already?
#| hint div: by a, g over b. By b, minus g times the quotient of out and b.


@gradient("sub")
def sub_gradients(out, a, b):
    ### BEGIN SOLUTION
    return lambda g: g, lambda g: -g
    ### END SOLUTION


@gradient("neg")
def neg_gradients(out, a):
    ### BEGIN SOLUTION
    return (lambda g: -g,)
    ### END SOLUTION


@gradient("div")
def div_gradients(out, a, b):
    ### BEGIN SOLUTION
    return lambda g: g / b, lambda g: -g * (out / b)
    ### END SOLUTION


@gradient("pow")
def pow_gradients(out, a, b):
    """By a it is b * a**(b-1), by b it is out * log(a); where b or a is 0 that derivative is taken as 0."""

    def by_a(g):
        if np.isscalar(b):
            return g * (b * a ** (b - 1)) if b else np.zeros_like(g)
        return g * b * a ** np.where(b == 0, 1, b - 1)

    return by_a, lambda g: g * out * np.log(np.where(a == 0, 1, a))


# %% test="arithmetic" points=6
def some_gradient(out):
    """An output gradient in which no element is 1, the same one for every output of a shape."""
    return np.random.default_rng(1).uniform(0.5, 2.0, np.shape(out))


def by_table(name, *arrays, **attributes):
    """What the table of gradients gives for that output gradient."""
    out = np.asarray(kernels[name](*arrays, **attributes))
    g = some_gradient(out).astype(np.float32)
    return [function(g) for function in gradients[name](out, *arrays, **attributes)]


def measured(name, *arrays, **attributes):
    """The same, measured in float64."""
    wide = [np.array(a, np.float64) for a in arrays]
    run = lambda: kernels[name](*wide, **attributes)  # noqa: E731 - used twice
    return [numerical_gradient(lambda: float((run() * some_gradient(run())).sum()), w) for w in wide]


def compare(name, *arrays, **attributes):
    for i, want in enumerate(measured(name, *arrays, **attributes)):
        call = ", ".join([f"the gradient of {name}, input {i}", *(f"{k}={v}" for k, v in attributes.items())])
        check(call, lambda i=i: by_table(name, *arrays, **attributes)[i], want.astype(np.float32), tolerance=1e-4)


def two_arrays():
    return np.array([[0.5, 2.0, -1.5]], np.float32), np.array([[3.0, -0.8, 1.2]], np.float32)


def test_sub():
    compare("sub", *two_arrays())
    compare("add", *two_arrays())


def test_neg():
    compare("neg", two_arrays()[0])


def test_div():
    a, b = two_arrays()
    compare("div", a, b)
    compare("mul", a, b)
    compare("pow", np.abs(a), b)


test_sub()
test_neg()
test_div()

# %% [markdown]
# ### Functions of one number
#
# For some of these the derivative can be written with `out`, which has been computed already. Whether you mention
# `out` or `a` also decides which of the two arrays is kept.

# %% solution="functions"
#| export
#| hint exp: which function is its own derivative?
#| hint exp: `out` is exp(a), computed already.
#| hint exp: g times the output.
#| hint log: does the derivative of log grow or shrink with a?
#| hint log: the output does not help here; the input does.
#| hint log: g over the input.
#| hint sqrt: the root is a to the power of 1/2. What is the derivative of that?
#| hint sqrt: it can be written with the output alone.
#| hint sqrt: g over twice the output.
#| hint abs: what is the derivative left of 0, and right of it?
#| hint abs: NumPy has a function that gives -1, 0 or 1.
#| hint abs: g times that function of the input.


@gradient("exp")
def exp_gradients(out, a):
    ### BEGIN SOLUTION
    return (lambda g: g * out,)
    ### END SOLUTION


@gradient("log")
def log_gradients(out, a):
    ### BEGIN SOLUTION
    return (lambda g: g / a,)
    ### END SOLUTION


@gradient("sqrt")
def sqrt_gradients(out, a):
    ### BEGIN SOLUTION
    return (lambda g: g / (2 * out),)
    ### END SOLUTION


@gradient("abs")
def abs_gradients(out, a):
    ### BEGIN SOLUTION
    return (lambda g: g * np.sign(a),)
    ### END SOLUTION


# %% test="functions" points=4
POSITIVE = np.array([0.3, 1.0, 4.0], np.float32)


def test_exp():
    compare("exp", POSITIVE)


def test_log():
    compare("log", POSITIVE)


def test_sqrt():
    compare("sqrt", POSITIVE)


def test_abs():
    compare("abs", POSITIVE * np.array([1, -1, 1], np.float32))


test_exp()
test_log()
test_sqrt()
test_abs()

# %% [markdown]
# ### The matrix product
#
# Let out = left @ right, and let g be the gradient of `out`. The shapes nearly force the answer. `left` is
# (n, k), `right` is (k, m), `g` is (n, m). The gradient of `left` must be (n, k), and the only product of `g`
# and `right` with that shape is g @ rightᵀ. Element by element it is the chain rule again: left[i, j] contributes
# to the whole row i of `out`, each time multiplied by an element of row j of `right`:
#
# ```
#    d(loss) / d(left[i, j]) = sum over m of g[i, m] * right[j, m]
# ```
#
# For `right` transpose the equation, outᵀ = rightᵀ @ leftᵀ, and use the same rule once more. So the backward pass
# costs two products of the size of the one in the forward pass.

# %% solution="product"
#| export
#| hint by_left: g is (n, m) and right is (k, m). Which product of the two has the shape of left, (n, k)?
#| hint by_left: x.swapaxes(-1, -2) transposes the last two dimensions and leaves those of the batch in front alone.
#| hint by_left: one product, of g with the transposed right.
#| hint by_right: g is (n, m) and left is (n, k). Which product of the two has the shape of right, (k, m)?
#| hint by_right: the rule for `left`, applied to the transposed equation; or find the product by its shapes.
#| hint by_right: one product, of the transposed left with g.


def by_left(g, right):
    """The gradient of `left` in left @ right: g (..., n, m) and right (..., k, m) give (..., n, k).

    >>> by_left(np.ones((2, 4)), np.ones((3, 4))).shape
    (2, 3)
    """
    ### BEGIN SOLUTION
    return g @ right.swapaxes(-1, -2)
    ### END SOLUTION


def by_right(g, left):
    """The gradient of `right` in left @ right: g (..., n, m) and left (..., n, k) give (..., k, m).

    >>> by_right(np.ones((2, 4)), np.ones((2, 3))).shape
    (3, 4)
    """
    ### BEGIN SOLUTION
    return (g.swapaxes(-1, -2) @ left).swapaxes(-1, -2)
    ### END SOLUTION


@gradient("matmul")
def matmul_gradients(out, a, b):
    """A vector on the left is a matrix of one row, a vector on the right one of one column."""
    left, right = a[None, :] if a.ndim == 1 else a, b[:, None] if b.ndim == 1 else b
    shape = (*out.shape[: out.ndim - (a.ndim > 1) - (b.ndim > 1)], left.shape[-2], right.shape[-1])

    def by_a(g):
        part = by_left(g.reshape(shape), right)
        return part[..., 0, :] if a.ndim == 1 else part

    def by_b(g):
        g, rows = g.reshape(shape), left
        if right.ndim == 2:  # one matrix for the whole batch: all its rows in one product
            g, rows = (x.reshape(math.prod(shape[:-1]), x.shape[-1]) for x in (g, left))
        part = by_right(g, rows)
        return part[..., 0] if b.ndim == 1 else part

    return by_a, by_b


# %% test="product" points=6
SHAPES = [
    ((2, 3), (3, 4)),
    ((5, 2, 3), (5, 3, 4)),
    ((5, 2, 3), (3, 4)),
    ((3,), (3, 2)),
    ((2, 3), (3,)),
    ((3,), (3,)),
    ((4, 2, 3), (4, 3, 1)),
]


def compare_products(number):
    rng = np.random.default_rng(5)
    for shapes in SHAPES:
        pair = [rng.standard_normal(shape).astype(np.float32) for shape in shapes]
        out = kernels["matmul"](*pair)
        function, g = gradients["matmul"](out, *pair)[number], some_gradient(out).astype(np.float32)
        want = measured("matmul", *pair)[number].astype(np.float32)
        call = f"the gradient of matmul of {shapes[0]} and {shapes[1]}, input {number}"
        check(call, lambda function=function, g=g: function(g), want, tolerance=1e-4)


def test_by_left():
    compare_products(0)


def test_by_right():
    compare_products(1)


test_by_left()
test_by_right()

# %% [markdown]
# ### Reductions
#
# If one element of the input grows by 1, its sum grows by 1, so each element gets the whole gradient of that sum.
# `expand` repeats g to the shape of the input without using memory for it. A mean is a sum divided by a count. A
# maximum passes its gradient on to the largest element; if several are equally large, each gets an equal part.
#
# Mention `shape` and `count` in your functions, not `a`: a sum does not need its input, so it should not keep it.

# %% solution="reductions"
#| export
#| hint sum: if one element grows by 1, by how much does the sum grow?
#| hint sum: `expand` brings g back to the shape of the input. It needs to know about dim and keepdim.
#| hint sum: g, expanded with the reduction's own dim and keepdim to the shape before.
#| hint mean: if one element grows by 1, by how much does the mean grow?
#| hint mean: a sum divided by a count; the count is there already.
#| hint mean: as for the sum, with g divided by the count first.
#| hint max: which elements does the maximum depend on? What if two are equally large?
#| hint max: expand `out` and compare it with `a`. How many are equal to the maximum, for each maximum?
#| hint max: g over the number of largest ones, expanded, where an element is one of them; elsewhere 0.


def expand(g, dim, keepdim, shape):
    """A reduction's gradient, repeated to the shape before the reduction.

    >>> expand(np.array([1.0, 2.0]), 1, False, (2, 3))
    array([[1., 1., 1.],
           [2., 2., 2.]])
    """
    return np.broadcast_to(g if keepdim or dim is None else np.expand_dims(g, dim), shape)


@gradient("sum")
def sum_gradients(out, a, dim, keepdim):
    shape = a.shape
    ### BEGIN SOLUTION
    return (lambda g: expand(g, dim, keepdim, shape),)
    ### END SOLUTION


@gradient("mean")
def mean_gradients(out, a, dim, keepdim):
    shape, count = a.shape, max(a.size, 1) / max(out.size, 1)
    ### BEGIN SOLUTION
    return (lambda g: expand(g / count, dim, keepdim, shape),)
    ### END SOLUTION


@gradient("max")
def max_gradients(out, a, dim, keepdim):
    def by_a(g):
        ### BEGIN SOLUTION
        largest = a == expand(out, dim, keepdim, a.shape)
        each = g / largest.sum(axis=dim, keepdims=keepdim).astype(g.dtype)
        return np.where(largest, expand(each, dim, keepdim, a.shape), 0)
        ### END SOLUTION

    return (by_a,)


# %% test="reductions" points=4
def compare_reductions(name):
    a = np.random.default_rng(6).permutation(24).reshape(2, 3, 4).astype(np.float32)
    for dim in (None, 0, -1, (0, 2)):
        for keepdim in (False, True):
            compare(name, a, dim=dim, keepdim=keepdim)


def test_sum():
    compare_reductions("sum")


def test_mean():
    compare_reductions("mean")


def test_max():
    compare_reductions("max")


def test_the_largest_share_equally():
    a = np.array([[3.0, 1.0, 3.0], [2.0, 5.0, 4.0]], np.float32)
    out = kernels["max"](a, dim=1, keepdim=False)
    got = gradients["max"](out, a, dim=1, keepdim=False)[0](np.array([1.0, 10.0], np.float32))
    want = np.array([[0.5, 0, 0.5], [0, 10, 0]], np.float32)
    check("the gradient of the max over dim 1 of [[3, 1, 3], [2, 5, 4]] for g = [1, 10]", got, want)


test_sum()
test_mean()
test_max()
test_the_largest_share_equally()

# %% [markdown]
# ### Views
#
# An operation that rearranges elements has a gradient that rearranges them back. In `permute`, dimension i of the
# result is dimension dims[i] of the input. The gradient needs the inverse table, and `np.argsort` of a permutation is
# its inverse. (A dim may be negative, counted from the end.)
#
# `x[index]` takes some elements. Each of them gets its part of g, and the others get 0. An index list may take one
# element twice: then two paths lead back to it. `part[index] += g` does not add twice; `np.add.at(part, index, g)`
# does, but it is slow. `taken_once` says when plain assignment is enough.

# %% solution="views"
#| export
#| hint reshape: in which shape does g arrive, and in which one does the input need it?
#| hint reshape: the shape before is at hand.
#| hint reshape: g in the shape of the input.
#| hint permute: for dims = (2, 0, 1), where has dimension 0 of the input gone?
#| hint permute: a negative dim counts from the end; the remainder by len(dims) makes it positive.
#| hint permute: transpose g by the argsort of the positive dims.
#| hint getitem: what is the gradient of an element that the index did not take? Of one that it took twice?
#| hint getitem: begin with zeros in the shape of the input and the dtype of g.
#| hint getitem: zeros; if taken_once assign g at the index, else let np.add.at add it there; return them.


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


@gradient("transpose")
def transpose_gradients(out, a, dim0, dim1):
    return (lambda g: np.swapaxes(g, dim0, dim1),)


def as_it_is(part):
    """A part of an index; a list or an array is copied, because the program may change it before the backward pass."""
    return np.array(part) if isinstance(part, (list, np.ndarray)) else part


@gradient("getitem")
def getitem_gradients(out, a, index):
    """Each element goes back to where it was taken from; one that was taken several times gets the sum."""
    shape, parts = a.shape, index if isinstance(index, tuple) else (index,)
    taken_once = all(part is None or part is ... or isinstance(part, (int, slice)) for part in parts)
    index = index if taken_once else tuple(as_it_is(part) for part in parts)

    def by_a(g):
        ### BEGIN SOLUTION
        part = np.zeros(shape, g.dtype)
        if taken_once:
            part[index] = g
        else:
            np.add.at(part, index, g)
        return part
        ### END SOLUTION

    return (by_a,)


# %% test="views" points=4
def view_gradient(name, g, **attributes):
    a = np.arange(24, dtype=np.float32).reshape(2, 3, 4)
    return gradients[name](kernels[name](a, **attributes), a, **attributes)[0](g)


G = np.random.default_rng(7).standard_normal((4, 2, 3)).astype(np.float32)


def test_reshape():
    want = G.reshape(2, 3, 4)
    check("the gradient of x.reshape(4, 2, 3)", lambda: view_gradient("reshape", G, shape=(4, 2, 3)), want)


def test_permute():
    for dims in [(2, 0, 1), (-1, 0, 1)]:
        want = G.transpose(1, 2, 0)
        check(f"the gradient of x.permute{dims}", lambda dims=dims: view_gradient("permute", G, dims=dims), want)


def test_getitem():
    want = np.zeros((2, 3, 4), np.float32)
    want[:, :, 1] = G[0]
    index = (slice(None), slice(None), 1)
    check("the gradient of x[:, :, 1]", lambda: view_gradient("getitem", G[0], index=index), want)


def test_an_element_taken_twice_gets_both_gradients():
    a, index = np.array([1.0, 2.0, 3.0], np.float32), np.array([0, 2, 2])
    got = gradients["getitem"](a[index], a, index=index)[0](np.array([1.0, 10.0, 100.0], np.float32))
    check("the gradient of x[[0, 2, 2]] for g = [1, 10, 100]", got, np.array([1.0, 0.0, 110.0], np.float32))


test_reshape()
test_permute()
test_getitem()
test_an_element_taken_twice_gets_both_gradients()

# %% [markdown]
# ### Activations
#
# The derivative of sigmoid is s (1 - s), and that of tanh is 1 - t², where s and t are the outputs. ReLU passes the
# gradient on where its output is positive and stops it where it is 0, *also at exactly 0*. `np.where(condition, a, b)`
# chooses between two arrays. softplus (module 04) is the integral of the sigmoid, so its derivative is the sigmoid of
# `a`.

# %% solution="activations"
#| export
#| hint relu: what is its derivative left of 0, and right of it? What shall it be at 0?
#| hint relu: the output says where it is. A condition about `out` chooses between g and 0.
#| hint relu: 0 where the output is 0, else g.
#| hint sigmoid: can its derivative be written with the output alone?
#| hint sigmoid: s (1 - s), where s is the output.
#| hint sigmoid: g times out times one minus out.
#| hint tanh: can its derivative be written with the output alone?
#| hint tanh: one minus the square of the output.
#| hint tanh: g times that.
#| hint softplus: its derivative must be right at -1000, 0 and 1000. Which kernel of module 02 is?
#| hint softplus: the table `kernels` has `sigmoid`. Is it needed of the input or of the output?
#| hint softplus: g times the kernel `sigmoid` of the input.


@gradient("relu")
def relu_gradients(out, a):
    ### BEGIN SOLUTION
    return (lambda g: np.where(out == 0, 0, g),)
    ### END SOLUTION


@gradient("sigmoid")
def sigmoid_gradients(out, a):
    ### BEGIN SOLUTION
    return (lambda g: g * out * (1 - out),)
    ### END SOLUTION


@gradient("tanh")
def tanh_gradients(out, a):
    ### BEGIN SOLUTION
    return (lambda g: g * (1 - out * out),)
    ### END SOLUTION


@gradient("softplus")
def softplus_gradients(out, a):
    ### BEGIN SOLUTION
    return (lambda g: g * kernels["sigmoid"](a),)
    ### END SOLUTION


@gradient("erf")
def erf_gradients(out, a):
    a = np.clip(a, -10, 10)  # beyond, the bell is 0; this only keeps the square from overflowing
    return (lambda g: g * (2 / math.sqrt(math.pi)) * np.exp(-a * a),)


# %% test="activations" points=4
from tinytorch.nn import activations, losses  # noqa: F401 - importing them enters their kernels


A = np.array([[-2.0, -0.5, 0.3], [1.5, 0.1, -0.7]], np.float32)


def test_relu():
    compare("relu", A)
    a = np.array([-1.0, 0.0, 2.0], np.float32)
    got = gradients["relu"](kernels["relu"](a), a)[0](np.ones(3, np.float32))
    check("the gradient of relu at -1, 0 and 2", got, np.array([0.0, 0.0, 1.0], np.float32))


def test_sigmoid():
    compare("sigmoid", A)


def test_tanh():
    compare("tanh", A)


def test_softplus():
    compare("softplus", A)
    compare("erf", A)


def test_the_gradient_of_softplus_at_both_ends():
    a = np.array([-1000, 0, 1000], np.float32)
    with np.errstate(over="raise", invalid="raise"):
        run = lambda: gradients["softplus"](kernels["softplus"](a), a)[0](np.ones(3, np.float32))  # noqa: E731
        check("the gradient of softplus at -1000, 0 and 1000", lambda: run(), np.array([0, 0.5, 1], np.float32))


test_relu()
test_sigmoid()
test_tanh()
test_softplus()
test_the_gradient_of_softplus_at_both_ends()

# %% [markdown]
# ### Softmax and its log
#
# In a softmax every score changes every probability. For p = softmax(a) the local derivatives dp[i] / da[j] are
# p[i] (1 - p[i]) if i = j, and -p[i] p[j] otherwise. Multiply by g[i] and add over i, the paths from score j:
#
# ```
#    gradient of a[j] = p[j] g[j] - p[j] * sum over i of g[i] p[i] = p[j] (g[j] - sum of g p)
# ```
#
# The log of the softmax is a[i] minus the log of a sum of exponentials, whose derivative by a[j] is p[j]. So
#
# ```
#    gradient of a[j] = g[j] - p[j] * sum over i of g[i]
# ```
#
# In cross-entropy g is -1 at the label and 0 elsewhere, so the gradient of the scores is p - 1 at the label and p
# elsewhere: the probabilities minus the target.

# %% solution="softmax"
#| export
#| hint softmax: which sum runs over the softmax's own dimension, and must keep it to fit the array again?
#| hint softmax: `out` is p. Which two arrays are multiplied before the sum?
#| hint softmax: out times the difference of g and the sum of g out.
#| hint log_softmax: `out` is the log of p. What is p?
#| hint log_softmax: which sum runs over the dimension here? It has g alone.
#| hint log_softmax: g, minus the exponential of out times the sum of g.


@gradient("softmax")
def softmax_gradients(out, a, dim):
    ### BEGIN SOLUTION
    return (lambda g: out * (g - (g * out).sum(axis=dim, keepdims=True)),)
    ### END SOLUTION


@gradient("log_softmax")
def log_softmax_gradients(out, a, dim):
    ### BEGIN SOLUTION
    return (lambda g: g - np.exp(out) * g.sum(axis=dim, keepdims=True),)
    ### END SOLUTION


# %% test="softmax" points=4
def compare_softmax(name):
    a, weights = np.array([[1.0, 2.0, 0.5], [0.0, -1.0, 1.0]]), np.array([[1.0, -2.0, 3.0], [0.5, 0.0, 2.0]])
    for dim in (0, 1):
        run = lambda dim=dim: kernels[name](a, dim=dim)  # noqa: E731 - used twice
        want = numerical_gradient(lambda run=run: float((run() * weights).sum()), a)
        call = f"the gradient of {name} over dimension {dim}"
        check(call, lambda run=run, dim=dim: gradients[name](run(), a, dim=dim)[0](weights), want)


def test_softmax():
    compare_softmax("softmax")


def test_log_softmax():
    compare_softmax("log_softmax")


test_softmax()
test_log_softmax()

# %% [markdown]
# ### Everything together
#
# Every layer and loss of the earlier modules now has gradients: composites are made of operations that have an entry.

# %%
from tinytorch.nn.activations import GELU
from tinytorch.nn.layers import Linear, Sequential
from tinytorch.nn.losses import CrossEntropyLoss

model, loss = Sequential(Linear(4, 5), GELU(), Linear(5, 3)), CrossEntropyLoss()
check_gradients("the loss of a small network", lambda x: loss(model(x), [0, 2]), Tensor(np.eye(2, 4)))

# %% [markdown]
# ### Not recording
#
# Recording keeps arrays alive. A `with` block switches it off where no gradient is needed: when a model is only used,
# or when its weights are updated. Afterwards it restores what was there *before* (a block may stand inside another
# one), also after an error.

# %% solution="no-grad"
#| export
#| hint What must happen if the code inside the block raises an error? And if two blocks are nested?
#| hint Above the `yield` is what runs before the block, below it what runs afterwards. Which word makes that certain?
#| hint Remember the old value, set the new one, yield inside of a try, and restore the old one in its finally.


@switch
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


# %% test="no-grad" points=4
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
# An operation of your own can keep both directions in one class, as in PyTorch. `forward` computes on arrays and may
# save some of them in its context `ctx`. `backward` turns the gradient of the output into one gradient for each input,
# or None. The class enters itself in both tables. But a table needs one function per input, and `backward` answers for
# all inputs at once. It may be expensive, so it must run only once.

# %% solution="function"
#| export
#| hint `backward` answers for all inputs at once, the table asks for each. How often should it run?
#| hint `answers` is shared by all functions of one operation. What is in it when the first is called, and the second?
#| hint If `answers` is empty, fill it with the parts of what backward returns. Then return part i.


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


# %% test="function" points=3
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
    ScaledProduct.apply(x, y, scale=3).backward(Tensor([1.0, 1.0]))
    check("x.grad of 3xy", x.grad, Tensor([15.0, 21.0]))
    check("y.grad of 3xy", y.grad, Tensor([3.0, 6.0]))
    check("how often backward was called", len(calls), 1)


test_function()

# %% [markdown]
# ### Time for memory
#
# A deep network keeps an array or two for every layer until the backward pass has used them. `checkpoint` trades time
# for that memory. It runs a segment of the network without recording and keeps only its inputs. In the backward pass
# it runs the segment again, this time recording, and goes backward through it. That costs one more forward pass, and
# only one segment's arrays are alive at a time.
#
# The second run must repeat the first exactly, random numbers included. It must record even if `backward()` is called
# inside `no_grad()`. And an input that required no gradient must not require one now.

# %% solution="checkpoint"
#| export
#| hint During the second run, what must be the same as in the first, and what must be different?
#| hint `ctx.needs_input_grad` says which inputs required a gradient; its first entry is that of the stand-in.
#| hint Pass the needs on to `again`; run with recording on and the old random state; backward from the result with g.


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
            result.backward(wrap(g), retain_graph=True)  # it may lead into the graph outside
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


# %% test="checkpoint" points=3
def test_checkpoint_has_the_same_gradients():
    rng = np.random.default_rng(12)
    x, w = (Tensor(rng.standard_normal((3, 3)), requires_grad=True) for _ in range(2))
    segment, g = (lambda a: (a * w + a) * a), Tensor(rng.standard_normal((3, 3)))
    segment(x).backward(g)
    want, x.grad, w.grad = (x.grad, w.grad), None, None
    checkpoint(segment, x).backward(g)
    check("x.grad behind checkpoint(...)", x.grad, want[0])
    check("w.grad, a weight that the segment uses", w.grad, want[1])


def test_checkpoint_repeats_random_numbers():
    x = Tensor(np.ones(50), requires_grad=True)
    noise = []

    def segment(a):
        noise.append(rng.random(50, np.float32))
        return a * Tensor(noise[-1])

    checkpoint(segment, x).backward(Tensor(np.ones(50)))
    check("how often the segment was run", len(noise), 2)
    check("the random numbers of its second run", noise[1], noise[0])


test_checkpoint_has_the_same_gradients()
test_checkpoint_repeats_random_numbers()

# %% [markdown]
# ### Check a whole function
#
# The judge of the single entries can judge any function of Tensors. Measuring needs the digits of float64, which our
# operations keep if they are given them. If two gradients disagree, the message must say where.

# %% solution="gradcheck"
#| export
#| hint Why is the output multiplied by random weights before it is summed? What would a plain sum hide?
#| hint `weighted()` is one number. Go backward from it once; measure it for each input's array, with the given eps.
#| hint Compare each grad (zeros, if None) with the measurement by np.isclose; raise with the first bad index.


def gradcheck(function, inputs, eps=1e-6, atol=1e-5, rtol=1e-3):
    """True if backward() and measuring agree for every input; RuntimeError with the index if not.

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
            raise RuntimeError(f"input {i}, index {at}: backward gives {got[at]:.6g}, measured {want[at]:.6g}")
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
# Layers and loss of the earlier modules, unchanged, on real digits: twenty steps with 400 images.

# %%
from tinytorch.core.tensor import manual_seed, peak_memory, seconds, zeros_like
from tinytorch.datasets import TinyDigits
from tinytorch.nn.activations import ReLU, Sigmoid, Tanh

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
    print(f"step {step + 1:2d}  loss {loss.item():.3f}")
right = (model(x).argmax(dim=1).numpy() == labels).mean()
print(f"{right:.0%} right")
assert right > 0.8

# %% [markdown]
# ## Measure
#
# **Time.** A forward pass takes the time t. Predict how long a forward and a backward pass take together.

# %%
batch, wide = Tensor(np.ones((256, 512))), Linear(512, 512)
batch.requires_grad = True
with no_grad():
    forward = seconds(lambda: wide(batch), 50)
both = seconds(lambda: wide(batch).sum().backward(), 50)
print(f"forward {forward * 1e3:.2f} ms, both {both * 1e3:.2f} ms: {both / forward:.1f} times as long")

# %% [markdown]
# **Memory of gradients.** A model has P bytes of parameters. How many times P are in use after a backward pass, when
# the graph is gone? Most rules for changing weights also remember one or two numbers for each parameter. Predict all
# four multiples.

# %%
import tracemalloc

tracemalloc.start()
model, kept, multiples = Sequential(*[Linear(512, 512) for _ in range(4)]), [], []
size = tracemalloc.get_traced_memory()[0]
one_more = lambda: [zeros_like(p) for p in model.parameters()]  # noqa: E731 - used twice
for make in (lambda: None, lambda: model(batch).sum().backward(), one_more, one_more):
    kept.append(make())
    multiples.append(round(tracemalloc.get_traced_memory()[0] / size, 1))
tracemalloc.stop()
print("parameters; with gradients; with one more number for each parameter; with two:", multiples)
assert multiples == [1, 2, 3, 4]

# %% [markdown]
# **Memory of activations.** They come on top, and they grow with the batch. Below are 16 tanh layers on 1,000 rows of
# 256 elements, 1.02 MB a layer. The product keeps its input, the tanh its output, which is the next layer's input: one
# array for both. Predict the peak, once with everything kept, once with `checkpoint` in segments of four layers.

# %%
rows = Tensor(np.ones((1000, 256)))
deep = [Sequential(Linear(256, 256), Tanh()) for _ in range(16)]
segments = [Sequential(*deep[i : i + 4]) for i in range(0, 16, 4)]


def gradients_of(layers, run):
    for layer in deep:
        layer.zero_grad()
    out = rows
    for layer in layers:
        out = run(layer, out)
    out.sum().backward()
    return [p.grad.data for layer in deep for p in layer.parameters()]


kept, peaks = lambda: gradients_of(deep, lambda layer, out: layer(out)), []
for name, way in [("everything kept", kept), ("checkpoints", lambda: gradients_of(segments, checkpoint))]:
    peaks.append(peak_memory(way))
    print(f"{name:16s} peak {peaks[-1] / 1e6:5.1f} MB, {seconds(way, 3) * 1e3:4.0f} ms a step")
    assert all((a == b).all() for a, b in zip(kept(), way(), strict=True))
assert peaks[1] < 0.75 * peaks[0]

# %% [markdown]
# **Gradients that vanish and explode.** In the backward pass a gradient is multiplied by one local derivative per
# layer. The sigmoid's derivative is at most 1/4. Predict what is left of a gradient after 20 layers with sigmoids, and
# with ReLUs whose weights are three times too large. (The gradient of a bias is that of its layer's output, summed
# over the batch.)

# %%


def gradient_sizes(activation, scale):
    """The root mean square of the bias's gradient in each of 20 layers, the first layer first."""
    manual_seed(0)
    layers = [Linear(64, 64) for _ in range(20)]
    out = Tensor(rng.standard_normal((32, 64)))
    for layer in layers:
        layer.weight.data *= scale
        out = activation(layer(out))
    out.sum().backward()
    return [float((layer.bias.grad**2).mean().sqrt()) for layer in layers]


found = []
for name, activation, scale in [("sigmoid", Sigmoid(), 1), ("ReLU", ReLU(), 2.4), ("ReLU, too large", ReLU(), 7)]:
    sizes = gradient_sizes(activation, scale)
    ratio = sizes[0] / sizes[-1]
    found.append("vanishes" if ratio < 1e-3 else "explodes" if ratio > 1e3 else "is healthy")
    print(f"{name}: the gradient {found[-1]}")
    for i in (0, 4, 9, 14, 19):
        print(f"  layer {i + 1:2}  {sizes[i]:7.1e}  {'#' * max(1, round(20 + np.log10(sizes[i])))}")
assert found == ["vanishes", "is healthy", "explodes"]

# %% [markdown]
# With sigmoids the first layers learn nothing; with weights that are too large, one step destroys the model. The first
# fault gives no error message. Find it as you just did, by the size of each layer's gradient.

# %% [markdown] reflect="three-times" points=2
# ## Reflect
#
# **1. Three times.** Training a model takes about three times the multiply-adds of using it. Derive the three from
# `by_left` and `by_right`. For which layer of a network is it only two, and how does your `record` know?
#
# ### BEGIN SOLUTION
# Rubric: one product in the forward pass, one for each of its two inputs in the backward pass (1 point). The
# first layer's input needs no gradient; only inputs that require one get an edge, so that product is never
# computed (1 point).
# Model answer: n k m multiply-adds forward, n k m for g @ rightᵀ, n k m for leftᵀ @ g, so 3 n k m. The images
# do not require a gradient, so `record` makes no edge to them: the first layer costs 2 n k m.
# ### END SOLUTION

# %% [markdown] reflect="what-is-kept" points=2
# **2. What is kept.** For ReLU, exp, addition and a matrix product, say which arrays stay alive until the
# backward pass, in bytes, for 1,000 rows of 256 elements. Would `x ** 2` keep less if it were written as
# `x * x`?
#
# ### BEGIN SOLUTION
# Rubric: ReLU and exp their output, 1.024 MB; addition nothing; a product both inputs, the rows 1.024 MB and
# the weight, which is alive anyway (1 point). x ** 2 keeps x once and x * x twice, but it is the same array, so
# there is no difference (1 point).
# Model answer: ReLU and exp keep their output of 1,000 * 256 * 4 bytes = 1.024 MB, addition keeps nothing. The product
# keeps the rows, 1.024 MB, and the weight, which is in memory anyway. `x ** 2` mentions x once and `x * x` twice, but
# a name is not a copy: both keep the same 1.024 MB.
# ### END SOLUTION

# %% [markdown] reflect="patching" points=1
# **3. One class.** `enable_autograd` changes a method of `Tensor` while the program runs. What can go wrong in a large
# program because of that? And what would two classes cost, one with gradients and one without?
#
# ### BEGIN SOLUTION
# Rubric: a global change affects code that did not ask for it and depends on what runs first, or: two classes need
# conversions at every border and two of every layer (1 point for either).
# Model answer: a part of the program that never wanted gradients pays for recording as soon as another part switches it
# on. With two classes each function must accept both and convert. PyTorch had two, `Tensor` and `Variable`, until 0.4.
# ### END SOLUTION

# %% [markdown]
# ## In PyTorch
#
# PyTorch has the same structure in C++. Each result has a `grad_fn`, a node whose `next_functions` are our edges, and
# `backward()` takes the nodes by their sequence number, the latest first. Both refuse to go backward through a tensor
# that was changed in place after it was saved; ours does not see what NumPy writes into `.data` directly.
#
# ## Today
#
# Models whose activations would not fit are trained with checkpointing. Frameworks differ mostly in when the graph is
# recorded: here and in PyTorch while the program runs, in JAX and `torch.compile` once in advance.
#
# Further reading:
#
# - Seppo Linnainmaa, *Taylor expansion of the accumulated rounding error*, 1976: the method itself.
# - David Rumelhart et al., *Learning representations by back-propagating errors*, 1986.
# - Tianqi Chen et al., *Training deep nets with sublinear memory cost*, 2016: checkpointing.
# - Andrej Karpathy, *micrograd*, 2020: reverse mode for scalars in a hundred lines.
