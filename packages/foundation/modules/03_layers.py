# %% [markdown]
# {header}

# %% [markdown]
# ## The problem
#
# A matrix product and a nonlinearity are the two halves of every model in this course. What makes it a
# *model* is that nobody writes down the elements of the matrix: the program finds them. For that it must
# know all the values that may be changed. It has to count them, write them to a file, read them back and
# improve them.
#
# With one matrix this is easy. A real model has hundreds, in parts that are made of parts. A list kept by
# hand works until somebody adds a part and forgets the list. Then nothing fails; the forgotten values are
# just never improved. So each part should know its own values, and the whole should find its parts by
# itself. That is what a *module* of a model is, and writing it is the larger half of this chapter. (The word
# now has two meanings. `Module`, in code, is always the class.)
#
# The other half is the layer itself, with the question that decides what a machine can run: how many bytes?
# There are two kinds. *Parameters* are the values that are found; they are in memory all the time.
# *Activations* are the results between the layers; they come and go, and grow with the batch. Here is a
# layer from a small colour image, 32 x 32 x 3 elements, to 32 outputs:

# %%
#| default_exp nn.layers
inputs, outputs, batch = 32 * 32 * 3, 32, 128
parameters = inputs * outputs + outputs  # a weight for each pair, a bias for each output
print(f"{parameters:,} parameters take {parameters * 4:,} bytes")
print(f"the results for {batch} pictures take {batch * outputs * 4:,} bytes")
assert parameters == 98_336

# %% [markdown]
# ## Build
#
# ### A layer in full
#
# An output of a layer is a weighted sum of all inputs, plus a number of its own, the *bias*. The
# weights of one output are one row of the matrix `weight`, so its shape is (outputs, inputs): the
# order in which the numbers lie in memory is the order in which a sum needs them.
#
# Write it with three loops: over the rows of the batch, over the outputs, over the inputs. The
# innermost line is one multiply-add; count how often it runs.

# %% solution="linear-explicit"
#| export
#| hint How many numbers are in the result, and how many multiply-adds go into each of them?
#| hint Start from the bias of output o; the third loop adds one product for each input i.
#| hint out[n, o] = bias.data[o], and then out[n, o] += x.data[n, i] * weight.data[o, i] for each i.
import math
from collections import namedtuple

import numpy as np

from tinytorch._names.module import ModuleNames
from tinytorch._writes import changed
from tinytorch.core.tensor import Tensor, as_array, composite, rng, wrap, zeros


def linear_explicit(x, weight, bias):
    """A layer with three loops: x (rows, in), weight (out, in) and bias (out,) give (rows, out).

    >>> linear_explicit(Tensor([[1, 2]]), Tensor([[1, 0], [0, 1], [1, 1]]), Tensor([0, 0, 10]))
    Tensor([[ 1.,  2., 13.]])
    """
    (rows, inputs), outputs = x.shape, len(weight)
    out = np.zeros((rows, outputs), np.float32)
    ### BEGIN SOLUTION
    for n in range(rows):
        for o in range(outputs):
            out[n, o] = bias.data[o]
            for i in range(inputs):
                out[n, o] += x.data[n, i] * weight.data[o, i]
    ### END SOLUTION
    return Tensor(out)


def linear_multiply_adds(rows, in_features, out_features):
    """The multiply-adds of a layer for `rows` inputs; adding the bias is not counted.

    >>> linear_multiply_adds(64, 784, 128)
    6422528
    """
    ### BEGIN SOLUTION
    return rows * in_features * out_features
    ### END SOLUTION


# %% test="linear-explicit" points=10
from tinytorch.testing import check, check_raises, check_true


def test_linear_explicit():
    rng = np.random.default_rng(1)
    for rows, inputs, outputs in [(2, 3, 4), (1, 5, 1), (3, 3, 3)]:
        x, weight = rng.standard_normal((rows, inputs)), rng.standard_normal((outputs, inputs))
        bias = rng.standard_normal(outputs)
        got = linear_explicit(Tensor(x), Tensor(weight), Tensor(bias))
        call = f"linear_explicit(x, weight, bias), x ({rows}, {inputs}), weight ({outputs}, {inputs})"
        check(call, got, Tensor(x @ weight.T + bias))


def test_linear_multiply_adds():
    check("linear_multiply_adds(64, 784, 128)", linear_multiply_adds(64, 784, 128), 6_422_528)
    check("linear_multiply_adds(1, 3, 5)", linear_multiply_adds(1, 3, 5), 15)


test_linear_explicit()
test_linear_multiply_adds()

# %% [markdown]
# ### A layer as one product
#
# The three loops are one product and one addition: `x @ weight.T + bias`. The transposed weight is a
# view and costs nothing. The bias has shape (out,) and broadcasts over the rows.
#
# Inputs may have more than two dimensions, as long as the last one has the right size: `@` treats the
# others as a batch of matrices. And `linear` is made of operations that you have, so it is a composite.

# %% solution="linear"
#| export
#| hint Which of the two matrices has to be transposed, so that the inner sizes are equal?
#| hint One product, with `.T` on one side. The bias comes after it, and only if there is one.
#| hint The output is the product of x and the transposed weight. With a bias, return the sum of both.


@composite
def linear(x, weight, bias=None):
    """x @ weight.T + bias, as `torch.nn.functional.linear`.

    x (..., in), weight (out, in), bias (out,) or None give (..., out). ValueError if the last size of x is
    not `in`.

    >>> linear(Tensor(np.ones((2, 3, 4))), Tensor(np.ones((5, 4))), Tensor(np.ones(5))).shape
    (2, 3, 5)
    """
    if x.shape[-1:] != weight.shape[1:]:
        raise ValueError(f"linear of {x.shape} and {weight.shape}: the layer takes {weight.shape[1]} features")
    ### BEGIN SOLUTION
    out = x @ weight.T
    return out if bias is None else out + bias
    ### END SOLUTION


# %% test="linear" points=12
def test_linear():
    rng = np.random.default_rng(2)
    weight, bias = rng.standard_normal((4, 3)), rng.standard_normal(4)
    for shape in [(5, 3), (3,), (2, 5, 3), (0, 3)]:
        x = rng.standard_normal(shape)
        got = linear(Tensor(x), Tensor(weight), Tensor(bias))
        check(f"linear(x, weight, bias), x of shape {shape}", got, Tensor(x @ weight.T + bias))


def test_linear_without_bias():
    x, weight = Tensor([[1, 2]]), Tensor([[1, 0], [0, 1], [1, 1]])
    check("linear(x, weight), no bias", lambda: linear(x, weight), Tensor([[1, 2, 3]]))


def test_linear_leaves_its_inputs_alone():
    x, weight, bias = Tensor([[1, 2]]), Tensor([[1, 0], [0, 1]]), Tensor([5, 5])
    check("linear(x, weight, bias)", lambda: linear(x, weight, bias), Tensor([[6, 7]]))
    check("the bias afterwards", bias, Tensor([5, 5]))


test_linear()
test_linear_without_bias()
test_linear_leaves_its_inputs_alone()

# %% [markdown]
# ### A model is a tree
#
# A `Parameter` is a Tensor with a mark: it belongs to the model. A `Module` is a node of a tree.
# Its attributes are of three kinds: parameters, further modules, and whatever else. Python keeps
# them all in `vars(self)`, in the order in which they were set, so nothing needs to be registered.
# A list of modules counts as well; its members are called `name.0`, `name.1` and so on.
#
# Two walks are given. `members` goes through one node; `walk` goes through the whole tree,
# and carries along the path that leads to each node, such as `layers.0.`. You write the two that
# matter:
#
# - `named_tensors`: everything that a file of this model must hold. Besides parameters these are
#   *buffers*: tensors that belong to the model but are not to be improved, a mean of past inputs
#   for example. Whoever has one says so with `register_buffer`.
# - `named_parameters`: the parameters alone. If two parts share one, it has two names in the file,
#   but only one place in this list: an improvement that is made twice is not an improvement.
#
# The names come out as PyTorch's, `layers.0.weight`, so that a file written by one can be read by
# the other. Much of this class is given: read it, it is the longest of the foundation. `load_into`,
# in its `load_state_dict`, comes next.

# %% solution="module"
#| export
#| hint Which attributes of a module are its own tensors, and which walk visits every module of the tree?
#| hint For each (prefix, module) of walk, look at the members; `seen` needs ids, not values.
#| hint yield prefix + name, value if it is a Parameter or name in module._buffers; filter by id(value).


calling = []  # the modules that are being called now, the outermost first


class Parameter(Tensor):
    """A Tensor that belongs to a model and is meant to be improved, as `torch.nn.Parameter`.

    >>> Parameter([1.0, 2.0]).requires_grad
    True
    """

    def __init__(self, data, requires_grad=True):
        super().__init__(data, requires_grad)


def parts_of(name, value):
    """(name, value), or for a list, a tuple or a dict those of its items, as "name.0" or "name.key"."""
    if isinstance(value, (list, tuple, dict)):
        for key, item in value.items() if isinstance(value, dict) else enumerate(value):
            yield from parts_of(f"{name}.{key}", item)
    else:
        yield name, value


def with_tied(own, state):
    """`state`, and in it each Tensor of `own` that has two names and stands in `state` under one of them."""
    if not isinstance(state, dict):
        return state
    known = {id(tensor): state[name] for name, tensor in own.items() if name in state}
    return {**{name: known[id(tensor)] for name, tensor in own.items() if id(tensor) in known}, **state}


class Module(ModuleNames):
    """A part of a model that knows its parameters, as `torch.nn.Module`. Subclasses write `forward`.

    Parameters and modules are found among the attributes, and in attributes that are lists, tuples or dicts.

    >>> class Scale(Module):
    ...     def __init__(self):
    ...         self.factor = Parameter([2.0])
    ...     def forward(self, x):
    ...         return x * self.factor
    >>> Scale()(Tensor([1.0, 3.0])), Scale().state_dict()
    (Tensor([2., 6.]), {'factor': Tensor([2.])})
    """

    training = True
    _buffers = frozenset()

    def __call__(self, *inputs, **options):
        calling.append(self)
        try:
            return self.forward(*inputs, **options)
        finally:
            calling.pop()

    def forward(self, *inputs):
        raise NotImplementedError(f"{type(self).__name__} has no forward yet")

    def members(self):
        """(name, value) of every attribute, those in a list as "name.0", "name.1"."""
        for name, value in vars(self).items():
            yield from parts_of(name, value)

    def walk(self, prefix=""):
        """(prefix, module) of this module and of all below it; a prefix is empty or ends in a dot."""
        yield prefix, self
        for name, value in self.members():
            if isinstance(value, Module):
                yield from value.walk(f"{prefix}{name}.")

    def named_tensors(self):
        """(name, tensor) of every parameter and buffer, here and below, under each of its names."""
        ### BEGIN SOLUTION
        for prefix, module in self.walk():
            for name, value in module.members():
                if isinstance(value, Parameter) or name in module._buffers:
                    yield prefix + name, value
        ### END SOLUTION

    def named_parameters(self):
        """(name, parameter) of every parameter; one that is used in two places comes once."""
        ### BEGIN SOLUTION
        seen = set()
        for name, value in self.named_tensors():
            if isinstance(value, Parameter) and id(value) not in seen:
                seen.add(id(value))
                yield name, value
        ### END SOLUTION

    def parameters(self):
        """The parameters without their names."""
        return (value for _, value in self.named_parameters())

    def register_buffer(self, name, tensor, persistent=True):
        """Keep `tensor` as attribute `name`: saved with the model (if persistent), but not a parameter."""
        if not isinstance(tensor, Tensor):
            raise TypeError(f"a buffer is a Tensor, not {type(tensor).__name__}")
        self._buffers = self._buffers | {name} if persistent else self._buffers
        setattr(self, name, tensor)

    def named_buffers(self):
        """(name, tensor) of every buffer."""
        return ((name, value) for name, value in self.named_tensors() if not isinstance(value, Parameter))

    def state_dict(self):
        """{name: Tensor} of all parameters and buffers. The tensors share the model's memory."""
        return {name: value.detach() for name, value in self.named_tensors()}

    def load_state_dict(self, state, strict=True):
        """Copy {name: Tensor or array} into this model, all of it or nothing; see `load_into`."""
        own = dict(self.named_tensors())
        result = load_into(own, with_tied(own, state), strict)
        for tensor in own.values():
            changed(tensor.data)
        return result

    def train(self, mode=True):
        """Set `training` here and below; returns the module itself."""
        for _, module in self.walk():
            module.training = mode
        return self

    def eval(self):
        """Set `training` to False here and below; returns the module itself."""
        return self.train(False)

    def zero_grad(self, set_to_none=True):
        """Set `grad` of every parameter to None, or with set_to_none=False to zeros."""
        for parameter in self.parameters():
            parameter.grad = None if set_to_none or parameter.grad is None else zeros(parameter.shape)

    def extra_repr(self):
        """What stands between the brackets of this module's own line."""
        return ""

    def __repr__(self):
        parts = [f"({name}): {value!r}" for name, value in self.members() if callable(value)]
        inside = "".join(f"\n{part}" for part in parts).replace("\n", "\n  ")
        return f"{type(self).__name__}({self.extra_repr()}{inside}" + ("\n)" if parts else ")")


# %% test="module" points=16
class Leaf(Module):
    def __init__(self, start):
        self.note, self.fixed = "not a number", Tensor([0.0])
        self.weight = Parameter([start, start])
        self.register_buffer("mean", Tensor([start]))


class Tree(Module):
    def __init__(self):
        self.first, self.rest = Leaf(1.0), [Leaf(2.0), Leaf(2.0)]
        self.bias = Parameter([5.0])


def names(pairs):
    return [name for name, _ in pairs]


def test_named_tensors():
    check("the names of a leaf's tensors", sorted(names(Leaf(1.0).named_tensors())), ["mean", "weight"])
    below = [f"{part}.{name}" for part in ("first", "rest.0", "rest.1") for name in ("mean", "weight")]
    got = sorted(names(Tree().named_tensors()))
    check("the names of a tree's tensors, sorted", got, sorted(["bias", *below]))


def test_named_parameters():
    want = ["bias", "first.weight", "rest.0.weight", "rest.1.weight"]
    got = names(Tree().named_parameters())
    check("the names of a tree's parameters: no buffers, and equal values are not the same", got, want)


def test_a_shared_parameter():
    tree = Tree()
    tree.rest[1].weight = tree.first.weight
    check("parameters of a tree in which two leaves share one", len(list(tree.parameters())), 3)
    check("its names in a file", "rest.1.weight" in dict(tree.named_tensors()), True)


test_named_tensors()
test_named_parameters()
test_a_shared_parameter()

# %% [markdown]
# ### All or nothing
#
# Reading a model back is where files go wrong: a name is missing, a shape has changed. The worst
# answer is to copy what fits and then stop with an error. The model that is left is neither the old
# one nor the new one, and it does not look broken.
#
# So work in two steps. First look at everything, and raise the error while nothing has changed yet.
# Then copy, and copy *into* the arrays that are there, because others may hold on to the same
# memory.

# %% solution="load-into"
#| export
#| hint What may go wrong with a state, and what has been changed by the time you notice it?
#| hint Raise for keys if strict, make all the arrays, compare all the shapes; then copy in a second loop.
#| hint arrays = {name: as_array(state[name]) for the names in both}; own[name].data[...] = arrays[name].
LoadResult = namedtuple("LoadResult", "missing_keys unexpected_keys")


def load_into(own, state, strict=True):
    """Copy `state`, {name: Tensor or array}, into the Tensors of `own`: all of it or, on an error, nothing.

    Raises RuntimeError for keys that are missing or unexpected (unless strict=False) and for shapes that
    differ, with the names. Returns the missing and the unexpected keys.

    >>> load_into({"a": Tensor([1.0]), "b": Tensor([2.0])}, {"a": [5.0]}, strict=False)
    LoadResult(missing_keys=['b'], unexpected_keys=[])
    """
    result = LoadResult(
        [name for name in own if name not in state], [name for name in state if name not in own]
    )
    ### BEGIN SOLUTION
    if strict and any(result):
        raise RuntimeError(f"the state does not fit: {result}")
    arrays = {name: as_array(state[name]) for name in own if name in state}
    for name, array in arrays.items():
        if array.shape != own[name].shape:
            raise RuntimeError(f"{name} has shape {own[name].shape}, the state has {array.shape}")
    for name, array in arrays.items():
        own[name].data[...] = array
    ### END SOLUTION
    return result


# %% test="load-into" points=14
def test_load_into():
    own = {"a": Tensor([1.0, 1.0]), "b": Tensor([[2.0]])}
    memory = own["a"].data
    load_into(own, {"b": np.array([[4.0]]), "a": Tensor([3.0, 3.5])})
    check('a after load_into(own, {"a": [3, 3.5], "b": [[4]]})', own["a"], Tensor([3.0, 3.5]))
    check("b after it", own["b"], Tensor([[4.0]]))
    check_true("load_into copies into the array that was there", own["a"].data is memory)


def test_load_into_names_the_keys():
    own = {"a": Tensor([1.0]), "b": Tensor([2.0])}
    state = {"a": Tensor([9.0]), "c": Tensor([3.0])}
    check_raises(
        "load_into with b missing and c unexpected", lambda: load_into(own, state), RuntimeError, "b", "c"
    )
    check("a after that error", own["a"], Tensor([1.0]))
    result = load_into(own, state, strict=False)
    check(
        "the keys returned with strict=False", (result.missing_keys, result.unexpected_keys), (["b"], ["c"])
    )
    check("a after strict=False", own["a"], Tensor([9.0]))


def test_load_into_changes_nothing_on_an_error():
    own = {"a": Tensor([1.0]), "b": Tensor([2.0, 2.0])}
    state = {"a": Tensor([9.0]), "b": Tensor([8.0])}
    call = "load_into with b of shape (1,) where (2,) is wanted"
    check_raises(call, lambda: load_into(own, state), RuntimeError, "b", "(2,)", "(1,)")
    check("a after that error: nothing may be changed", own["a"], Tensor([1.0]))


test_load_into()
test_load_into_names_the_keys()
test_load_into_changes_nothing_on_an_error()

# %% [markdown]
# ### Where to begin
#
# Parameters must start somewhere. If they all start equal, all outputs of a layer are equal and
# stay so. So they start at random, and the question is how large.
#
# Take a sum of n products, of inputs with variance 1 and weights with variance v, all independent.
# Its variance is n v. With v = 1 and n = 256, the numbers grow 16 times in a layer; after ten
# layers they are sixteen to the tenth, a trillion. With v = 1 / n the variance stays what it is.
# That is the whole idea; the rest is what n should count, and what the bend takes away.
#
# - **Xavier** (2010) looks at both directions and takes v = 2 / (fan_in + fan_out): the mean of
#   what an output sums over and of what an input is part of.
# - **Kaiming** (2015) knows about ReLU, which throws away half of the squares, and takes v = 2 /
#   fan_in. In general v = gain^2 / fan, with a gain for each activation.
#
# Both are drawn evenly between -b and b. Such numbers have the variance b^2 / 3: solve for b.

# %% solution="initialization"
#| export
#| hint Numbers spread evenly over -b ... b have the variance b * b / 3. Which b gives the variance you want?
#| hint Xavier: b * b / 3 = gain^2 * 2 / (fan_in + fan_out). Kaiming: b * b / 3 = gain^2 / fan.
#| hint bound = gain * math.sqrt(6 / (fan_in + fan_out)), or gain * math.sqrt(3 / fan); then uniform_.


def uniform_(tensor, low=0.0, high=1.0):
    """Fill `tensor` in place with numbers spread evenly over low ... high, as `torch.nn.init.uniform_`."""
    tensor.data[...] = rng.uniform(low, high, tensor.shape)
    changed(tensor.data)
    return tensor


def fans(tensor):
    """(fan_in, fan_out) of a weight (out, in, ...): how many inputs an output sums over, and the reverse.

    >>> fans(Tensor(np.zeros((128, 784))))
    (784, 128)
    """
    if tensor.ndim < 2:
        raise ValueError(f"fan_in and fan_out need at least two dimensions, the shape is {tensor.shape}")
    field = math.prod(tensor.shape[2:])
    return tensor.shape[1] * field, tensor.shape[0] * field


def calculate_gain(nonlinearity, param=None):
    """The factor that makes up for what an activation takes away, as `torch.nn.init.calculate_gain`."""
    slope = 0.01 if param is None else param
    gains = {"linear": 1.0, "sigmoid": 1.0, "tanh": 5 / 3, "relu": math.sqrt(2)}
    gains["leaky_relu"] = math.sqrt(2 / (1 + slope**2))
    if nonlinearity not in gains:
        raise ValueError(f"no gain is known for {nonlinearity!r}, only for {', '.join(gains)}")
    return gains[nonlinearity]


def xavier_uniform_(tensor, gain=1.0):
    """Fill a weight in place, evenly spread, with variance gain^2 * 2 / (fan_in + fan_out); returns it.

    Raises ValueError for fewer than two dimensions. As `torch.nn.init.xavier_uniform_`.

    >>> bool(abs(xavier_uniform_(zeros(2, 4))).max() <= 1)
    True
    """
    fan_in, fan_out = fans(tensor)
    ### BEGIN SOLUTION
    bound = gain * math.sqrt(6 / (fan_in + fan_out))
    return uniform_(tensor, -bound, bound)
    ### END SOLUTION


def kaiming_uniform_(tensor, a=0, mode="fan_in", nonlinearity="leaky_relu"):
    """Fill a weight in place, evenly spread, with variance gain^2 / fan; returns it.

    `mode` is "fan_in" or "fan_out"; `a` is the slope that a leaky ReLU has below zero. Raises ValueError
    for fewer than two dimensions and unknown words. As `torch.nn.init.kaiming_uniform_`.

    >>> bool(abs(kaiming_uniform_(zeros(2, 6))).max() <= 1)
    True
    """
    if mode not in ("fan_in", "fan_out"):
        raise ValueError(f"mode is 'fan_in' or 'fan_out', not {mode!r}")
    fan = fans(tensor)[mode == "fan_out"]
    ### BEGIN SOLUTION
    bound = calculate_gain(nonlinearity, a) * math.sqrt(3 / fan)
    return uniform_(tensor, -bound, bound)
    ### END SOLUTION


# %% test="initialization" points=12
from tinytorch.core.tensor import manual_seed


def check_variance(call, tensor, want):
    got = float((tensor * tensor).mean()) / want
    check_true(f"the variance of {call} is {want:.3g}", 0.9 < got < 1.1, f"it is {got:.3g} times that")


def test_xavier():
    manual_seed(1)
    w = xavier_uniform_(zeros(100, 300))
    check_variance("xavier_uniform_(zeros(100, 300))", w, 2 / (100 + 300))
    check("its mean", w.mean(), np.float32(0), tolerance=0.005)
    w = xavier_uniform_(zeros(300, 100), gain=2.0)
    check_variance("xavier_uniform_(zeros(300, 100), gain=2)", w, 4 * 2 / (100 + 300))


def test_kaiming():
    manual_seed(2)
    w = kaiming_uniform_(zeros(100, 300), nonlinearity="relu")
    check_variance('kaiming_uniform_(zeros(100, 300), nonlinearity="relu")', w, 2 / 300)
    w = kaiming_uniform_(zeros(100, 300), mode="fan_out", nonlinearity="linear")
    check_variance('kaiming_uniform_(zeros(100, 300), mode="fan_out", nonlinearity="linear")', w, 1 / 100)


def test_initialization_is_in_place():
    w = zeros(4, 4)
    check_true("xavier_uniform_(w) returns w itself, filled", xavier_uniform_(w) is w)
    check_true("kaiming_uniform_(w) returns w itself, filled", kaiming_uniform_(w) is w)


test_xavier()
test_kaiming()
test_initialization_is_in_place()

# %% [markdown]
# ### The layer
#
# Now the class. It owns two parameters, or one, and initializes them as PyTorch does: weight and bias
# are drawn evenly from -b to b, with b = 1 / sqrt(in_features).

# %% solution="linear-layer"
#| export
#| hint Which two tensors does the layer own, which shapes do they have, and what makes them parameters?
#| hint Weight and bias are spread evenly over -b ... b with b = 1 / sqrt(in_features); the bias may be None.
#| hint Make each a Parameter of zeros in its shape and fill it with uniform_. `forward` is one call of linear.


def whole_size(n, what):
    """`n` if it is a whole number above 0; otherwise TypeError or ValueError."""
    if not isinstance(n, (int, np.integer)):
        raise TypeError(f"{what} is a whole number, not {n!r}")
    if n < 1:
        raise ValueError(f"{what} is at least 1, not {n}")
    return n


def not_negative(number, what):
    """`number` if it is 0 or more; otherwise ValueError, for nan too."""
    if not number >= 0:
        raise ValueError(f"{what} is 0 or more, not {number}")
    return number


class Linear(Module):
    """x @ weight.T + bias, as `torch.nn.Linear`: (..., in_features) gives (..., out_features).

    Raises ValueError if a size is below 1, or if the last size of the input is not in_features.

    >>> layer = Linear(784, 10)
    >>> layer.weight.shape, layer.bias.shape, layer(zeros(64, 784)).shape
    ((10, 784), (10,), (64, 10))
    """

    def __init__(self, in_features, out_features, bias=True):
        self.in_features = whole_size(in_features, "in_features")
        self.out_features = whole_size(out_features, "out_features")
        ### BEGIN SOLUTION
        bound = 1 / math.sqrt(in_features)
        self.weight = uniform_(Parameter(zeros(out_features, in_features)), -bound, bound)
        self.bias = uniform_(Parameter(zeros(out_features)), -bound, bound) if bias else None
        ### END SOLUTION

    def forward(self, x):
        ### BEGIN SOLUTION
        return linear(x, self.weight, self.bias)
        ### END SOLUTION

    def extra_repr(self):
        sizes = f"in_features={self.in_features}, out_features={self.out_features}"
        return f"{sizes}, bias={self.bias is not None}"


# %% test="linear-layer" points=12
def test_linear_layer():
    layer = Linear(3, 2)
    layer.weight.data[...] = [[1, 2, 3], [4, 5, 6]]
    layer.bias.data[...] = [10, 20]
    check(
        "layer([[1, 1, 1]]), weight [[1, 2, 3], [4, 5, 6]], bias [10, 20]",
        layer(Tensor([[1, 1, 1]])),
        Tensor([[16, 35]]),
    )
    check("Linear(3, 2, bias=False)(zeros(1, 3))", Linear(3, 2, bias=False)(zeros(1, 3)), zeros(1, 2))


def test_linear_layer_has_parameters():
    got = [(name, p.shape) for name, p in Linear(3, 2).named_parameters()]
    check("the parameters of Linear(3, 2)", got, [("weight", (2, 3)), ("bias", (2,))])
    got = [name for name, _ in Linear(3, 2, bias=False).named_parameters()]
    check("the parameters of Linear(3, 2, bias=False)", got, ["weight"])


def test_linear_layer_starts_as_in_pytorch():
    manual_seed(3)
    layer = Linear(400, 200)
    for name, p in layer.named_parameters():
        largest = float(abs(p).max())
        why = f"the largest is {largest:.3g}"
        check_true(f"each {name} of Linear(400, 200) lies in -0.05 ... 0.05", largest <= 0.05, why)
        check_true(f"the {name} of Linear(400, 200) reaches nearly to 0.05", largest > 0.045, why)


test_linear_layer()
test_linear_layer_has_parameters()
test_linear_layer_starts_as_in_pytorch()

# %% [markdown]
# ### Not relying on any one
#
# A model that is fitted to 4,000 images may rely on a single pixel that happens to give the answer away.
# *Dropout* makes that impossible: while the model is being fitted, each element is set to 0 with probability
# p, different ones each time. The elements that are kept are divided by 1 - p, so that the expected sum stays
# the same. When the model is used, nothing is dropped and nothing is scaled: `eval()` sets `training` to
# False in the whole tree, and dropout then returns its input.
#
# Draw from `rng`, the generator of module 01, so that `manual_seed` repeats a run exactly.

# %% solution="dropout"
#| export
#| hint If half of the numbers become 0, what becomes of a sum over them, and which factor restores it?
#| hint Draw one number of 0 ... 1 for each place; keep the place where it is at least p.
#| hint keep = rng.random(x.shape, np.float32) >= p; return x * wrap(keep * np.float32(1 / (1 - p))).


class Dropout(Module):
    """Sets each number to 0 with probability p while `training`, as `torch.nn.Dropout`.

    What is kept is divided by 1 - p. After `eval()` the input comes back as it is. Raises ValueError if
    p is not in 0 ... 1.

    >>> Dropout(0.5).eval()(Tensor([1.0, 2.0]))
    Tensor([1., 2.])
    """

    def __init__(self, p=0.5):
        if not 0 <= p <= 1:
            raise ValueError(f"p is a probability, 0 to 1, not {p}")
        self.p = p

    def forward(self, x):
        if not self.training or self.p == 0:
            return x
        if self.p == 1:
            return x * 0
        ### BEGIN SOLUTION
        keep = rng.random(x.shape, np.float32) >= self.p
        return x * wrap(keep * np.float32(1 / (1 - self.p)))
        ### END SOLUTION

    def extra_repr(self):
        return f"p={self.p}"


# %% test="dropout" points=10
def test_dropout():
    manual_seed(4)
    x = Tensor(np.full((100, 200), 3.0))
    y = Dropout(0.25)(x)
    share = float((y == 0).data.mean())
    check("the share of zeros in Dropout(0.25)(x)", share, 0.25, tolerance=0.02)
    check("what is kept of 3, with p = 0.25", np.unique(y.data), np.array([0, 4], np.float32))
    check("the mean afterwards, for x = 3", y.mean(), np.float32(3), tolerance=0.03)


def test_dropout_draws_anew_and_can_be_repeated():
    x, layer = Tensor(np.ones(200)), Dropout(0.5)
    manual_seed(5)
    first, second = layer(x), layer(x)
    check("the same places twice in a row", bool((first == second).data.all()), False)
    manual_seed(5)
    check("Dropout(0.5)(x) after the same manual_seed", layer(x), first)


test_dropout()
test_dropout_draws_anew_and_can_be_repeated()

# %% [markdown]
# ### One after another
#
# Most models are a row of layers, each getting what the one before returned.

# %% solution="sequential"
#| export
#| hint What does the second layer get?
#| hint Walk through self.layers; each is called with what the one before returned.
#| hint for layer in self.layers: x = layer(x); then return x.


class Sequential(Module):
    """Layers one after another, as `torch.nn.Sequential`: each gets what the one before returned.

    Raises TypeError for a layer that cannot be called.

    >>> model = Sequential(Linear(4, 3), Linear(3, 2))
    >>> model(zeros(5, 4)).shape, model[1], len(model)
    ((5, 2), Linear(in_features=3, out_features=2, bias=True), 2)
    """

    def __init__(self, *layers):
        for layer in layers:
            if not callable(layer):
                raise TypeError(f"a layer can be called with a tensor, {layer!r} cannot")
        self.layers = list(layers)

    def forward(self, x):
        ### BEGIN SOLUTION
        for layer in self.layers:
            x = layer(x)
        return x
        ### END SOLUTION

    def members(self):
        """The layers under their numbers, "0.weight" and not "layers.0.weight", and whatever a subclass adds."""
        yield from ((str(i), layer) for i, layer in enumerate(self.layers))
        yield from ((name, value) for name, value in super().members() if not name.startswith("layers."))

    def __getitem__(self, index):
        return Sequential(*self.layers[index]) if isinstance(index, slice) else self.layers[index]

    def __len__(self):
        return len(self.layers)

    def __iter__(self):
        return iter(self.layers)


# %% test="sequential" points=6
def test_sequential():
    add_one, double = (lambda x: x + 1), (lambda x: x * 2)
    check("Sequential(add_one, double)([1, 2])", Sequential(add_one, double)(Tensor([1, 2])), Tensor([4, 6]))
    check(
        "Sequential(double, add_one, double)([1, 2])",
        Sequential(double, add_one, double)(Tensor([1, 2])),
        Tensor([6, 10]),
    )
    check("Sequential()([1, 2])", Sequential()(Tensor([1, 2])), Tensor([1, 2]))


test_sequential()

# %% [markdown]
# ## Use
#
# Module 01 named a digit by the nearest of ten mean pictures. Write the squared distance out, as in
# module 02, and leave away what is the same for all ten: what is left is x times m, minus half of m
# times m. A weighted sum and a constant: *that is a Linear layer*, with the means as its weight.
# The class did not need to be invented for it; it only needed other numbers.

# %%
from tinytorch.datasets import TinyDigits

train, test = TinyDigits(train=True), TinyDigits(train=False)
pictures = Tensor(train.images).reshape(len(train), 784) / 255
unseen = Tensor(test.images).reshape(len(test), 784) / 255


def share_right(model):
    return (model(unseen).argmax(dim=1).numpy() == test.labels).mean()


manual_seed(0)
model = Linear(784, 10)
print(f"{model} as it starts: {share_right(model):.1%} right")

means = np.stack([pictures[train.labels == digit].mean(dim=0).numpy() for digit in range(10)])
model.load_state_dict({"weight": means, "bias": -(means**2).sum(axis=1) / 2})
distances = np.stack([((unseen - m) ** 2).sum(dim=1).numpy() for m in means], axis=1)
print(f"the same layer with the means as its weight: {share_right(model):.1%} right")
assert (model(unseen).argmax(dim=1).numpy() == distances.argmin(axis=1)).mean() > 0.998
assert 0.75 < share_right(model) < 0.9

for p in (0.25, 0.5, 0.9):
    print(f"with {p:.0%} of each picture dropped: {share_right(Sequential(Dropout(p), model)):.1%} right")

# %% [markdown]
# Half of each picture can be lost and three of four digits are still named: the other pixels say
# the same thing again. A model that learns to use this is hard to mislead.
#
# ## Measure
#
# **Loops against one call.** A batch of 16 pictures through a layer with 10 outputs. Predict how
# long the loops take: you know what a multiply-add costs in Python from module 01.

# %%
from tinytorch.core.tensor import randn, seconds

x, layer = randn(16, 784), Linear(784, 10)
work = linear_multiply_adds(16, 784, 10)
slow = seconds(lambda: linear_explicit(x, layer.weight, layer.bias), 1)
fast = seconds(lambda: layer(x), 50)
print(f"{work:,} multiply-adds: loops {slow * 1e3:.0f} ms, one call {fast * 1e6:.0f} us")
print(f"{slow / fast:,.0f} times faster")
assert slow > 50 * fast

# %% [markdown]
# **Parameters against activations.** The model below has three layers and two bends. Predict the
# bytes of its parameters, and the batch size at which the results between the layers need as much.
# The observer of module 01 stands at the door and counts every new array: of a linear layer those of the
# product and of the sum. (The transposed weight is a view.)

# %%
from tinytorch.core.tensor import observers
from tinytorch.nn.activations import ReLU

model = Sequential(Linear(784, 512), ReLU(), Linear(512, 512), ReLU(), Linear(512, 10))
parameters = sum(p.nbytes for p in model.parameters())


def activation_bytes(batch):
    seen = []
    observers.append(lambda name, inputs, arrays, attributes, result: seen.append((name, result.nbytes)))
    try:
        model(zeros(batch, 784))
    finally:
        observers.pop()
    return sum(size for name, size in seen if name != "permute")


print(f"parameters: {parameters:,} bytes, whatever the batch")
for batch in (1, 64, 217, 4096):
    taken = activation_bytes(batch)
    print(f"batch {batch:5}: activations {taken:12,} bytes, {taken / parameters:6.2f} times as much")
assert parameters == 4 * (784 * 512 + 512 + 512 * 512 + 512 + 512 * 10 + 10) == 2_678_824
assert activation_bytes(216) < parameters < activation_bytes(217)

# %% [markdown]
# **A signal through fifty layers.** Each is 256 wide, with a ReLU behind it. The numbers that come
# in have a size of 1 (the root of their mean square). Predict, for four ways of starting, what
# comes out.


# %%
def normal_(tensor):
    tensor.data[...] = randn(*tensor.shape).data


def sizes_on_the_way(start, depth=50, width=256):
    signal, found = randn(100, width), []
    for _ in range(depth):
        layer = Linear(width, width, bias=False)
        start(layer.weight)
        with np.errstate(over="ignore", invalid="ignore"):
            signal = ReLU()(layer(signal))
        found.append(np.sqrt(np.mean(np.square(signal.data, dtype=np.float64))))
    return found


manual_seed(0)
starts = {
    "variance 1": normal_,
    "1 / sqrt(in), as Linear": lambda w: None,
    "Xavier": xavier_uniform_,
    "Kaiming, gain for ReLU": lambda w: kaiming_uniform_(w, nonlinearity="relu"),
}
print("size after layer             1         10         50")
after = {}
for name, start in starts.items():
    after[name] = sizes_on_the_way(start)
    print(f"{name:24}", *(f"{after[name][layer - 1]:10.2g}" for layer in (1, 10, 50)))
assert np.isnan(after["variance 1"][-1])
assert after["Xavier"][-1] < 1e-5
assert 0.1 < after["Kaiming, gain for ReLU"][-1] < 10

# %% [markdown] reflect="which-memory" points=2
# With variance 1 the numbers leave float32 and end as `nan`. With the next two they fade to
# nothing: in a model of three layers nobody notices, in one of fifty the input no longer reaches
# the output. Between Xavier and Kaiming lies a factor of the square root of 2 in each layer.
#
# ## Reflect
#
# Answer in a few sentences each, with numbers.
#
# **1. Which memory?** A program stops because memory is full. Name one remedy that lowers the
# parameters' share and one that lowers the activations'. For the model in Measure, how many bytes
# does each kind take at a batch of 4,096, and which remedy would you try?
#
# ### BEGIN SOLUTION
# Rubric: parameters: smaller layers, fewer bytes a number; activations: a smaller batch, giving
# results back as soon as the next layer has used them. 2.7 MB and 50.7 MB; the batch. One point
# each half.
# ### END SOLUTION

# %% [markdown] reflect="all-the-same" points=2
# **2. All the same.** All weights of a layer start at 0.1. What do its outputs have in common,
# whatever comes in? Why does a rule that improves each weight by looking only at its inputs and
# outputs never change that?
#
# ### BEGIN SOLUTION
# Rubric: all outputs are equal, so the layer is worth one output. Equal inputs and outputs give
# equal changes: the weights stay equal. Random starts break the tie. One point each half.
# ### END SOLUTION

# %% [markdown] reflect="two-names" points=4
# **3. Two names.** Two layers share one weight. Say what would go wrong if `parameters()` listed it
# twice, and what would go wrong if `state_dict()` listed it once.
#
# ### BEGIN SOLUTION
# Rubric: it would be counted and improved twice in a step; a file would lack a key that the other
# side, or this class with strict=True, expects. One point each.
# ### END SOLUTION

# %% [markdown]
# ## In PyTorch
#
# `torch.nn.Module` finds its parts by watching every assignment, with a `__setattr__` of its own;
# that is why it insists on `super().__init__()` first. Ours looks through `vars` when asked, which
# is simpler, and takes plain lists of modules, where PyTorch wants a `ModuleList`. It makes reading
# an attribute as fast as Python, and listing the parameters slower. The names, shapes and errors
# are the same: a `state_dict` of yours loads into `torch.nn.Linear`, and the reverse. Activations
# are modules there; here they are plain callables, because they came first and hold no numbers.
#
# ## Today
#
# The largest models that can be downloaded have several hundred billion parameters. They do not fit
# into one machine, and the questions of this module have become an industry: which numbers lie
# where, which are kept in 2 bytes, which results are thrown away and computed again. A layer with
# weights (out, in) is still what nearly all of these numbers belong to. Dropout has become rare in
# the largest models, which see each example only once and have nothing to learn by heart; it
# remains in small ones. How weights start is still derived from the sum of n products that you did
# above.
