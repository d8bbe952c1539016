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
# layer from a small colour image, 32 x 32 x 3 elements, to 32 outputs.
#
# ### What you stand on
#
# - A Tensor holds a NumPy array of float32 in `.data`; `t.data[...] = values` writes into that array (module 01).
# - `zeros(2, 3)` makes a Tensor; `wrap(array)` makes one around an array without copying it; `as_array(data)`
#   turns data into a NumPy array of numbers, and refuses what is not numbers (module 01).
# - `rng` is the random generator of the whole framework; `manual_seed` sets its state (module 01).
# - `@composite` marks a function made of other operations; `observers` are called after every operation.
# - `ReLU()` sets negative elements to 0 (module 02).

# %%
#| default_exp nn.layers
inputs, outputs, batch = 32 * 32 * 3, 32, 128
parameters = inputs * outputs + outputs  # a weight for each pair, a bias for each output
print(f"{parameters:,} parameters take {parameters * 4:,} bytes")
print(f"the results for {batch} images take {batch * outputs * 4:,} bytes")
assert parameters == 98_336

# %% [markdown]
# ## Build
#
# ### A layer in full
#
# An output of a layer is a weighted sum of all inputs, plus a number of its own, the *bias*. The weights of
# one output form one row of the matrix `weight`, so its shape is (outputs, inputs). A sum then reads its
# weights in the order in which they lie in memory.
#
# Write it with three loops: over the rows of the batch, over the outputs, over the inputs. The innermost line
# is one multiply-add; count how often it runs.

# %% solution="linear-explicit"
#| export
#| hint linear_explicit: how many elements does the result have, and which inputs and weights does one of them need?
#| hint linear_explicit: two loops choose the output element. What does the third loop do, and where does the bias go?
#| hint linear_explicit: each element starts as its output's bias; add input i times the weight (output, i), for each i.
#| hint linear_multiply_adds: how often does the innermost line of your loops run?
#| hint linear_multiply_adds: try (2, 3, 4) by hand, or count with a counter in the loops.
#| hint linear_multiply_adds: the number of elements of the result, times the work for one of them.
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
# A `Parameter` is a Tensor that belongs to the model. A `Module` is a node of a tree. Its attributes are of
# three kinds: parameters, further modules, and everything else. Python keeps all attributes in `vars(self)`,
# in the order in which they were set, so nothing needs to be registered. A list of modules counts as well;
# its members are called `name.0`, `name.1` and so on. Here is a model with two layers and one tensor that is
# not a parameter:
#
# ```
#     Model                              prefix of this node: ""
#      |-- layers.0   Linear                                  "layers.0."
#      |    |-- weight   Parameter       name in a file:      layers.0.weight
#      |    '-- bias     Parameter                            layers.0.bias
#      |-- layers.1   Linear                                  "layers.1."
#      |    |-- weight   Parameter                            layers.1.weight
#      |    '-- bias     Parameter                            layers.1.bias
#      |-- mean       Tensor, a buffer                        mean
#      '-- note       text: no tensor, in no file
# ```
#
# Two iterators are given. `members` goes through the attributes of one node. `walk` visits every node of the
# tree and gives its prefix, the path that leads to it. You write the two methods that matter:
#
# - `named_tensors`: everything that a file of this model must hold. Besides parameters these are *buffers*:
#   tensors that are saved with the model but not improved, such as a mean of past inputs. `register_buffer`
#   declares one.
# - `named_parameters`: the parameters alone. If two parts share a parameter, it has two names in the file, but
#   it comes only once here. Otherwise a program that improves each parameter would change it twice.
#
# The names are PyTorch's, such as `layers.0.weight`, so each can read the other's files. The rest of the class
# is given, and you may skim it. `load_state_dict` calls `load_into`, which comes next.

# %% solution="module"
#| export
#| hint named_tensors: which two kinds of attributes belong in the file, and how do you recognise each?
#| hint named_tensors: in the tree above, from which two parts is a name in the file put together?
#| hint named_tensors: for every node of walk, for every member: if it is a Parameter or a buffer, yield path and value.
#| hint named_parameters: which of the tensors above are not wanted here, and which must not come twice?
#| hint named_parameters: two parameters may hold equal values and still be two. What tells you that they are one?
#| hint named_parameters: filter named_tensors by type; remember the identities that you have met in a set.


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
# A file may not fit the model that reads it: a name is missing, there is one too many, a shape has changed.
# Suppose that `load_into` copied what fits and then raised an error. The model would be half old and half new,
# and nothing would show it. So work in two steps:
#
# 1. Check everything, and raise the error while nothing has changed yet.
# 2. Copy. Copy *into* the arrays that are there, because other parts of the program may hold them.
#
# Checking includes the values. A state may come from anywhere, and one entry may be a text or a list of lists
# of different lengths. `as_array` refuses both, so call it in the first step, for every entry, before
# anything is copied.

# %% solution="load-into"
#| export
#| hint Three things may be wrong with a state. What has been changed by the time you notice each?
#| hint Which of the steps can raise an error: comparing names, making arrays, comparing shapes, copying?
#| hint Names if strict; an array for every name in both; every shape. Only then a second loop, which copies in place.
LoadResult = namedtuple("LoadResult", "missing_keys unexpected_keys")


def load_into(own, state, strict=True):
    """Copy `state`, {name: Tensor or array}, into the Tensors of `own`: all of it or, on an error, nothing.

    Raises RuntimeError for keys that are missing or unexpected (unless strict=False) and for shapes that
    differ, with the names; TypeError for text and other things that are not numbers. Returns the missing and
    the unexpected keys.

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
    call = "load_into with b of shape (1,) where (2,) is expected"
    check_raises(call, lambda: load_into(own, state), RuntimeError, "b", "(2,)", "(1,)")
    check("a after that error: nothing may be changed", own["a"], Tensor([1.0]))


def test_load_into_refuses_text():
    own = {"a": Tensor([1.0]), "b": Tensor([2.0])}
    call = 'load_into with the text "8" where an array of shape (1,) belongs'
    check_raises(call, lambda: load_into(own, {"a": [9.0], "b": "8"}), TypeError)
    check("a after that error: nothing may be changed", own["a"], Tensor([1.0]))


def test_load_into_with_one_kind_of_wrong_key():
    own = {"a": Tensor([1.0])}
    extra = {"a": [9.0], "c": [3.0]}
    check_raises("load_into with c unexpected, none missing", lambda: load_into(own, extra), RuntimeError, "c")
    check_raises("load_into with a missing, none unexpected", lambda: load_into(own, {}), RuntimeError, "a")
    check("a after both errors", own["a"], Tensor([1.0]))


test_load_into()
test_load_into_names_the_keys()
test_load_into_changes_nothing_on_an_error()
test_load_into_refuses_text()
test_load_into_with_one_kind_of_wrong_key()

# %% [markdown]
# ### Initialization
#
# Parameters must start somewhere. If all weights of a layer start equal, its outputs are equal and stay so.
# So they start at random, and the question is how large.
#
# Take a sum of n products, of inputs with variance 1 and weights with variance v, all independent with mean 0.
# Each product has variance v, and the variances of independent terms add up: the sum has variance n v. With
# v = 1 and n = 256, a layer multiplies the standard deviation by sqrt(256) = 16; ten layers multiply it by
# sixteen to the tenth, a trillion. With v = 1 / n the variance stays at 1.
#
# That is the whole idea. What remains is which n to use, and what the activation takes away:
#
# - **Xavier** (2010) considers both directions, the inputs of a sum (fan_in) and the sums that an input is
#   part of (fan_out). It uses the mean of the two as n, so v = 2 / (fan_in + fan_out).
# - **Kaiming** (2015) takes ReLU into account. ReLU sets half of the values to 0, which halves the mean square,
#   so v is doubled: v = 2 / fan_in. In general v = gain^2 / fan, with a gain for each activation.
#
# Both draw from a uniform distribution between -b and b. Its variance is b^2 / 3: solve for b.

# %% solution="initialization"
#| export
#| hint xavier_uniform_: a uniform distribution on -b ... b has variance b^2 / 3. Which variance does the text ask for?
#| hint xavier_uniform_: does the gain multiply the variance or its root? And what does `uniform_` return?
#| hint xavier_uniform_: set b^2 / 3 equal to gain^2 times Xavier's v, solve for b, and fill the tensor from -b to b.
#| hint kaiming_uniform_: the mode has chosen `fan` already. What gives the gain of an activation?
#| hint kaiming_uniform_: a test value: for a gain of 1 and a fan of 3 the bound is 1.
#| hint kaiming_uniform_: set b^2 / 3 equal to gain^2 / fan, solve for b, and fill the tensor from -b to b.


def uniform_(tensor, low=0.0, high=1.0):
    """Fill `tensor` in place from the uniform distribution on low ... high, as `torch.nn.init.uniform_`."""
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
    """Fill a weight in place, uniformly, with variance gain^2 * 2 / (fan_in + fan_out); returns it.

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
    """Fill a weight in place, uniformly, with variance gain^2 / fan; returns it.

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
# Now the class. It owns two parameters, or one without a bias, and initializes them as PyTorch does: both are
# drawn uniformly from -b to b, with b = 1 / sqrt(in_features).

# %% solution="linear-layer"
#| export
#| hint __init__: which two tensors does the layer own, which shapes do they have, and what makes them parameters?
#| hint __init__: `uniform_` fills a tensor in place and returns it. What does `bias=False` leave in `self.bias`?
#| hint __init__: a Parameter of zeros for each, filled between the two bounds; None for the bias if there is none.
#| hint forward: which function of this chapter computes the layer, and which tensors does it need?
#| hint forward: `linear` accepts None as its bias.
#| hint forward: hand the input and the two attributes to that function, and return its result.


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
# ### Dropout
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
#| hint If half of the elements become 0, what becomes of a sum over them, and which factor restores it?
#| hint `rng.random(shape, np.float32)` is uniform on 0 ... 1. With which probability is such a number at least p?
#| hint Draw one number per element; make an array that is 0 or the factor; multiply x by it, as a Tensor.


class Dropout(Module):
    """Sets each element to 0 with probability p while `training`, as `torch.nn.Dropout`.

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
    zero = float((y == 0).data.mean())
    check("the fraction of zeros in Dropout(0.25)(x)", zero, 0.25, tolerance=0.02)
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
# ### Sequential
#
# Many models are a chain of layers: each gets what the one before returned.

# %% solution="sequential"
#| export
#| hint What does the second layer get?
#| hint What is the result if there are no layers at all?
#| hint Keep one value. Replace it by what each layer in turn makes of it, and return it at the end.


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
# Module 01 named a digit by the nearest of ten mean images. Write the squared distance between an image x and
# a mean m out, as in module 02, and drop the term that is the same for all ten means. What is left is x times
# m, minus half of m times m: a weighted sum and a constant. *That is a Linear layer* with the means as its
# weight. The classifier of module 01 was a Linear layer all along, with the right numbers in it.

# %%
from tinytorch.datasets import TinyDigits

train, test = TinyDigits(train=True), TinyDigits(train=False)
images = Tensor(train.images).reshape(len(train), 784) / 255
unseen = Tensor(test.images).reshape(len(test), 784) / 255


def fraction_right(model):
    return (model(unseen).argmax(dim=1).numpy() == test.labels).mean()


manual_seed(0)
model = Linear(784, 10)
print(f"{model} as it starts: {fraction_right(model):.1%} right")

means = np.stack([images[train.labels == digit].mean(dim=0).numpy() for digit in range(10)])
model.load_state_dict({"weight": means, "bias": -(means**2).sum(axis=1) / 2})
distances = np.stack([((unseen - m) ** 2).sum(dim=1).numpy() for m in means], axis=1)
print(f"the same layer with the means as its weight: {fraction_right(model):.1%} right")
assert (model(unseen).argmax(dim=1).numpy() == distances.argmin(axis=1)).mean() > 0.998
assert 0.75 < fraction_right(model) < 0.9

for p in (0.25, 0.5, 0.9):
    print(f"with {p:.0%} of each image dropped: {fraction_right(Sequential(Dropout(p), model)):.1%} right")

# %% [markdown]
# Half of each image can be dropped and three of four digits are still named, because neighbouring pixels
# repeat the same information. A model that is fitted with dropout learns to use that.
#
# ## Measure
#
# **Loops against one call.** A batch of 16 images goes through a layer with 10 outputs. Predict how long the
# loops take: you know from module 01 what a multiply-add costs in Python.

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
# **Parameters against activations.** The model below has three layers with a ReLU after the first and the
# second. Predict the bytes of its parameters, and the batch size at which its activations take as much. An
# observer (module 01) counts every new array. Of a linear layer these are the product and the sum; the
# transposed weight is a view.

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
    return sum(size for name, size in seen if name not in ("permute", "transpose"))


print(f"parameters: {parameters:,} bytes, whatever the batch")
for batch in (1, 64, 217, 4096):
    taken = activation_bytes(batch)
    print(f"batch {batch:5}: activations {taken:12,} bytes, {taken / parameters:6.2f} times as much")
assert parameters == 4 * (784 * 512 + 512 + 512 * 512 + 512 + 512 * 10 + 10) == 2_678_824
assert activation_bytes(216) < parameters < activation_bytes(217)

# %% [markdown]
# **A signal through fifty layers.** Each layer is 256 wide and followed by a ReLU. The input has a root mean
# square of 1. Predict, for four initializations, the root mean square after 50 layers.

# %%
def normal_(tensor):
    tensor.data[...] = randn(*tensor.shape).data


def sizes_by_depth(start, depth=50, width=256):
    signal, sizes = randn(100, width), []
    for _ in range(depth):
        layer = Linear(width, width, bias=False)
        start(layer.weight)
        with np.errstate(over="ignore", invalid="ignore"):
            signal = ReLU()(layer(signal))
        sizes.append(np.sqrt(np.mean(np.square(signal.data, dtype=np.float64))))
        if len(sizes) in histograms:
            histograms[len(sizes)].append(signal.data.ravel())
    return sizes


manual_seed(0)
starts = {
    "variance 1": normal_,
    "1 / sqrt(in), as Linear": lambda w: None,
    "Xavier": xavier_uniform_,
    "Kaiming, gain for ReLU": lambda w: kaiming_uniform_(w, nonlinearity="relu"),
}
histograms = {1: [], 10: [], 50: []}  # layer -> the activations after it, for each start
print("size after layer             1         10         50")
after = {}
for name, start in starts.items():
    after[name] = sizes_by_depth(start)
    print(f"{name:24}", *(f"{after[name][layer - 1]:10.2g}" for layer in (1, 10, 50)))
assert np.isnan(after["variance 1"][-1])
assert after["Xavier"][-1] < 1e-5
assert 0.1 < after["Kaiming, gain for ReLU"][-1] < 10

# %% [markdown]
# With variance 1 the values leave the range of float32 and end as `nan`. With the next two they shrink towards
# 0. Three such layers would still work; after fifty the input no longer reaches the output. Xavier and Kaiming
# differ by a factor of sqrt(2) in each layer, and 50 layers make 33 million of it.
#
# One number for each layer hides how the values are distributed. Draw histograms of the activations: one row
# for each order of magnitude from 1e-9 up to 1e2, one column for each depth. A healthy model fills the same
# rows at every depth. Predict the three columns for Xavier before you run the cell.

# %%
DECADES = range(-9, 3)


def fraction_by_decade(activations):
    """The fraction of all elements in 10**d ... 10**(d + 1), for each d. Zeros and nan belong to none."""
    sizes = activations[activations > 0]
    powers = np.floor(np.log10(sizes, where=sizes < np.inf, out=np.full(sizes.shape, np.inf, np.float32)))
    return [float((powers == d).sum()) / activations.size for d in DECADES]


fractions = {layer: [fraction_by_decade(a) for a in found] for layer, found in histograms.items()}
for start, name in enumerate(starts):
    print(f"{name:26} layer 1             layer 10            layer 50")
    for row, decade in reversed(list(enumerate(DECADES))):
        bars = ["#" * round(30 * fractions[layer][start][row]) for layer in histograms]
        print(f"  1e{decade:+03} to 1e{decade + 1:+03}           ", *(f"{bar:19}" for bar in bars))
assert sum(fractions[50][3]) > 0.3
assert sum(fractions[50][0]) == 0
try:
    from matplotlib import pyplot
except ImportError:
    print("without matplotlib there is no figure")
else:
    figure, axes = pyplot.subplots(1, len(starts), figsize=(15, 3), sharey=True)
    for start, (axis, name) in enumerate(zip(axes, starts, strict=True)):
        for layer in histograms:
            axis.plot(DECADES, fractions[layer][start], marker="o", label=f"layer {layer}")
        axis.set(title=name, xlabel="power of ten")
    axes[0].legend()

# %% [markdown]
# About half of the elements are missing in every column: ReLU made them 0. With Kaiming the columns look
# alike, with Xavier they slide down, and with variance 1 they leave the drawing at the top. If a deep model of
# yours does not learn, this is the first picture to draw.

# %% [markdown] reflect="which-memory" points=2
# ## Reflect
#
# Answer in a few sentences each, with numbers.
#
# **1. Which memory?** A program stops because memory is full. Name one remedy that lowers the memory of the
# parameters and one that lowers the memory of the activations. For the model in Measure, how many bytes does
# each kind take at a batch of 4,096, and which remedy would you try?
#
# ### BEGIN SOLUTION
# Rubric: a remedy for each kind (1 point); 2.7 MB and 50.7 MB, so a smaller batch (1 point).
# Model answer: smaller layers, or fewer bytes per value, lower the parameters' memory. A smaller batch, or
# releasing a result once the next layer has used it, lowers the activations'. Here the parameters take 2.7 MB
# and the activations 50.7 MB. I would halve the batch: it saves 25 MB, more than all parameters.
# ### END SOLUTION

# %% [markdown] reflect="all-the-same" points=2
# **2. All the same.** All weights of a layer start at 0.1, and all biases at 0. What do its outputs have in
# common, for any input? Suppose each weight is changed by a rule that depends only on its own input and its
# own output. Why does the rule never make the outputs different?
#
# ### BEGIN SOLUTION
# Rubric: all outputs are equal, so the layer is worth one output (1 point). Equal inputs and outputs give equal
# changes, so the weights stay equal; a random start breaks the tie (1 point).
# Model answer: every output is 0.1 times the sum of the inputs. Weights that read the same input see the same
# input and the same output, so the rule changes them equally, and they are equal again after the step. Only
# different starting values end this.
# ### END SOLUTION

# %% [markdown] reflect="two-names" points=4
# **3. Two names.** Two layers share one weight. What would go wrong if `parameters()` listed it twice? What
# would go wrong if `state_dict()` listed it once?
#
# ### BEGIN SOLUTION
# Rubric: listed twice, it is counted twice (1 point) and changed twice in a step (1 point). Listed once, a file
# lacks a name (1 point) that PyTorch, or the same model without the sharing, expects when strict (1 point).
# Model answer: the count of parameters would be too large, and a program that goes through the list would
# improve the weight twice, a step twice as long as intended. A file with one of the two names could not be
# loaded by PyTorch, or by a model that has stopped sharing: with strict=True the other name is missing.
# ### END SOLUTION

# %% [markdown]
# ## In PyTorch
#
# `torch.nn.Module` notices every assignment of an attribute, with a `__setattr__` of its own. That is why it
# insists that you call `super().__init__()` first. Ours searches `vars` when it is asked: simpler, and listing
# the parameters is slower. Ours accepts plain lists of modules, where PyTorch needs a `ModuleList`. Names,
# shapes and errors are the same: a `state_dict` of yours loads into `torch.nn.Linear`, and the reverse. In
# PyTorch activations are modules too. Here they are plain callables, because they hold no parameters.
#
# ## Today
#
# The largest models that can be downloaded have several hundred billion parameters. They do not fit in one
# machine, so the questions of this chapter have become a field of engineering: which values lie on which
# machine (FSDP, tensor parallelism), which are kept in 2 bytes, which activations are discarded and computed
# again. Nearly all of these parameters still belong to layers with a weight of shape (out, in). Dropout has
# become rare in the largest models, which see each example only once; it remains in small ones. And
# initialization is still derived from the variance of a sum of n products.
#
# Further reading:
#
# - X. Glorot, Y. Bengio, *Understanding the difficulty of training deep feedforward neural networks*, 2010.
# - K. He, X. Zhang, S. Ren, J. Sun, *Delving Deep into Rectifiers*, 2015.
# - N. Srivastava et al., *Dropout: A Simple Way to Prevent Neural Networks from Overfitting*, 2014.
# - G. Yang et al., *Tensor Programs V: Tuning Large Neural Networks via Zero-Shot Hyperparameter Transfer*, 2022.
