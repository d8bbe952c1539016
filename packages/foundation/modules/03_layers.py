# %% [markdown]
# {header}

# %% solution="linear-explicit"
#| default_exp nn.layers
#| export
#| hint How many numbers are in the result, and how many multiply-adds go into each of them?
#| hint Start from the bias of output o; the third loop adds one product for each input i.
#| hint out[n, o] += x.data[n, i] * weight.data[o, i] inside loops over n, o and i, after out[n, o] = bias.data[o].
import math
from collections import namedtuple

import numpy as np

from tinytorch.core.tensor import Tensor, apply, as_array, kernel, rng, wrap, zeros


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


# %% solution="linear"
#| export
#| hint Which of the two matrices has to be turned, so that the inner sizes are equal?
#| hint Flatten all leading dimensions of x into one, do one product, add the bias, restore the leading dimensions.
#| hint out = x.reshape(-1, x.shape[-1]) @ weight.T, then out += bias, then out.reshape(*x.shape[:-1], len(weight)).


@kernel("linear")
def linear(x, weight, bias=None):
    """x @ weight.T + bias: x (..., in), weight (out, in), bias (out,) or None give (..., out).

    Raises ValueError if the last size of x is not `in`.

    >>> linear(np.ones((2, 3, 4)), np.ones((5, 4)), np.ones(5)).shape
    (2, 3, 5)
    """
    if np.shape(x)[-1:] != weight.shape[1:]:
        raise ValueError(f"the layer takes {weight.shape[1]} features, the input has shape {np.shape(x)}")
    ### BEGIN SOLUTION
    rows = x if x.ndim == 2 else x.reshape(math.prod(x.shape[:-1]), x.shape[-1])
    out = rows @ weight.T
    if bias is not None:
        out += bias
    return out if x.ndim == 2 else out.reshape(*x.shape[:-1], len(weight))
    ### END SOLUTION


# %% solution="module"
#| export
#| hint Which attributes of a module hold numbers, and how does one get to the numbers of a module inside it?
#| hint `named_modules` already visits this module and all below; look at the `members` of each one.
#| hint for prefix, module in self.named_modules(): for name, value in module.members(): yield prefix + name, value if it counts.


class Parameter(Tensor):
    """A Tensor that belongs to a layer and is meant to be learned, as `torch.nn.Parameter`.

    >>> Parameter([1.0, 2.0]).requires_grad
    True
    """

    def __init__(self, data, requires_grad=True):
        super().__init__(data, requires_grad)


LoadResult = namedtuple("LoadResult", "missing_keys unexpected_keys")


class Module:
    """A part of a model that knows its parameters, as `torch.nn.Module`. Subclasses write `forward`.

    Parameters and modules are found among the attributes, and in attributes that are lists or tuples.
    """

    training = True
    _buffers = frozenset()

    def __call__(self, *inputs, **options):
        return self.forward(*inputs, **options)

    def forward(self, *inputs):
        raise NotImplementedError(f"{type(self).__name__} has no forward yet")

    def members(self):
        """(name, value) of every attribute, those in a list as "name.0", "name.1"."""
        for name, value in vars(self).items():
            if isinstance(value, (list, tuple)):
                yield from ((f"{name}.{i}", item) for i, item in enumerate(value))
            else:
                yield name, value

    def named_modules(self, prefix=""):
        """(prefix, module) of this module and of all below it; the prefix ends in a dot."""
        yield prefix, self
        for name, value in self.members():
            if isinstance(value, Module):
                yield from value.named_modules(f"{prefix}{name}.")

    def named_tensors(self):
        """(name, tensor) of every parameter and buffer, here and below: what a file of this model holds.

        >>> [name for name, _ in Sequential(Linear(2, 3), Linear(3, 1, bias=False)).named_tensors()]
        ['0.weight', '0.bias', '1.weight']
        """
        ### BEGIN SOLUTION
        for prefix, module in self.named_modules():
            for name, value in module.members():
                if isinstance(value, Parameter) or name in module._buffers:
                    yield prefix + name, value
        ### END SOLUTION

    def named_parameters(self):
        """(name, parameter) of every parameter; one that is used in two places comes once.

        >>> [(name, p.shape) for name, p in Linear(2, 3).named_parameters()]
        [('weight', (3, 2)), ('bias', (3,))]
        """
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

    def register_buffer(self, name, tensor):
        """Keep `tensor` as attribute `name`: saved with the model, but not a parameter."""
        self._buffers = self._buffers | {name}
        setattr(self, name, tensor)

    def named_buffers(self):
        """(name, tensor) of every buffer."""
        return ((name, value) for name, value in self.named_tensors() if not isinstance(value, Parameter))

    def state_dict(self):
        """{name: Tensor} of all parameters and buffers. The tensors share the model's memory."""
        return {name: value.detach() for name, value in self.named_tensors()}

    def load_state_dict(self, state, strict=True):
        """Copy {name: Tensor or array} into this model: all of it or, on an error, nothing.

        Raises RuntimeError naming the keys that are missing or unexpected (unless strict=False) and
        the shapes that differ. Returns the missing and the unexpected keys.
        """
        own = dict(self.named_tensors())
        result = LoadResult([k for k in own if k not in state], [k for k in state if k not in own])
        ### BEGIN SOLUTION
        if strict and any(result):
            raise RuntimeError(f"missing keys: {result.missing_keys}, unexpected keys: {result.unexpected_keys}")
        arrays = {name: as_array(state[name]) for name in own if name in state}
        for name, array in arrays.items():
            if array.shape != own[name].shape:
                raise RuntimeError(f"{name} has shape {own[name].shape}, the state has {array.shape}")
        for name, array in arrays.items():
            own[name].data[...] = array
        ### END SOLUTION
        return result

    def train(self, mode=True):
        """Set `training` here and below; returns the module itself."""
        for _, module in self.named_modules():
            module.training = mode
        return self

    def eval(self):
        return self.train(False)

    def zero_grad(self):
        """Set `grad` of every parameter to None."""
        for parameter in self.parameters():
            parameter.grad = None

    def extra_repr(self):
        """What stands between the brackets of this module's own line."""
        return ""

    def __repr__(self):
        parts = [f"({name}): {value!r}" for name, value in self.members() if callable(value)]
        inside = "".join(f"\n{part}" for part in parts).replace("\n", "\n  ")
        return f"{type(self).__name__}({self.extra_repr()}{inside}" + ("\n)" if parts else ")")


# %% solution="initialization"
#| export
#| hint A sum of `n` independent terms has n times the variance of one. Which variance of the weights undoes that?
#| hint Numbers evenly spread over -b ... b have variance b * b / 3. Solve for b.
#| hint b = gain * sqrt(6 / (fan_in + fan_out)) for Xavier, gain * sqrt(3 / fan) for Kaiming; then uniform_(tensor, -b, b).


def uniform_(tensor, low=0.0, high=1.0):
    """Fill `tensor` in place with numbers evenly spread over low ... high, as `torch.nn.init.uniform_`."""
    tensor.data[...] = rng.uniform(low, high, tensor.shape)
    return tensor


def fans(tensor):
    """(fan_in, fan_out) of a weight (out, in, ...): how many inputs an output has, and the reverse.

    >>> fans(Tensor(np.zeros((128, 784))))
    (784, 128)
    """
    if tensor.ndim < 2:
        raise ValueError(f"fan in and fan out need two dimensions or more, the tensor has shape {tensor.shape}")
    field = math.prod(tensor.shape[2:])
    return tensor.shape[1] * field, tensor.shape[0] * field


def calculate_gain(nonlinearity, a=0):
    """The factor that makes up for what an activation takes away, as `torch.nn.init.calculate_gain`."""
    gains = {"linear": 1.0, "sigmoid": 1.0, "tanh": 5 / 3, "relu": math.sqrt(2)}
    gains["leaky_relu"] = math.sqrt(2 / (1 + a**2))
    if nonlinearity not in gains:
        raise ValueError(f"no gain is known for {nonlinearity!r}, only for {', '.join(gains)}")
    return gains[nonlinearity]


def xavier_uniform_(tensor, gain=1.0):
    """Fill a weight in place, uniform with variance gain^2 * 2 / (fan_in + fan_out); returns it."""
    fan_in, fan_out = fans(tensor)
    ### BEGIN SOLUTION
    bound = gain * math.sqrt(6 / (fan_in + fan_out))
    return uniform_(tensor, -bound, bound)
    ### END SOLUTION


def kaiming_uniform_(tensor, a=0, mode="fan_in", nonlinearity="leaky_relu"):
    """Fill a weight in place, uniform with variance gain^2 / fan, fan as `mode` says; returns it."""
    if mode not in ("fan_in", "fan_out"):
        raise ValueError(f"mode is 'fan_in' or 'fan_out', not {mode!r}")
    fan = fans(tensor)[mode == "fan_out"]
    ### BEGIN SOLUTION
    bound = calculate_gain(nonlinearity, a) * math.sqrt(3 / fan)
    return uniform_(tensor, -bound, bound)
    ### END SOLUTION


# %% solution="linear-layer"
#| export
#| hint Which two tensors does the layer own, and which shapes do they have?
#| hint PyTorch spreads weight and bias evenly over -b ... b with b = 1 / sqrt(in_features).
#| hint self.weight = uniform_(Parameter(zeros(out_features, in_features)), -b, b), the bias likewise or None; forward calls apply("linear", ...).


def size(n, what):
    """`n` if it is a whole number above 0; otherwise TypeError or ValueError."""
    if not isinstance(n, (int, np.integer)):
        raise TypeError(f"{what} is a whole number, not {n!r}")
    if n < 1:
        raise ValueError(f"{what} is at least 1, not {n}")
    return n


class Linear(Module):
    """x @ weight.T + bias, as `torch.nn.Linear`: (..., in_features) gives (..., out_features).

    >>> layer = Linear(784, 10)
    >>> layer.weight.shape, layer.bias.shape, layer(Tensor(np.zeros((64, 784)))).shape
    ((10, 784), (10,), (64, 10))
    """

    def __init__(self, in_features, out_features, bias=True):
        self.in_features, self.out_features = size(in_features, "in_features"), size(out_features, "out_features")
        ### BEGIN SOLUTION
        bound = 1 / math.sqrt(in_features)
        self.weight = uniform_(Parameter(zeros(out_features, in_features)), -bound, bound)
        self.bias = uniform_(Parameter(zeros(out_features)), -bound, bound) if bias else None
        ### END SOLUTION

    def forward(self, x):
        ### BEGIN SOLUTION
        if self.bias is None:
            return apply("linear", x, self.weight)
        return apply("linear", x, self.weight, self.bias)
        ### END SOLUTION

    def extra_repr(self):
        return f"in_features={self.in_features}, out_features={self.out_features}, bias={self.bias is not None}"


# %% solution="dropout"
#| export
#| hint If a half of the numbers becomes 0, what happens to the mean, and how is it kept?
#| hint Draw one number of 0 ... 1 for each place; keep the place where it is at least p.
#| hint keep = rng.random(x.shape, np.float32) >= p; return x * wrap(keep * np.float32(1 / (1 - p))), but x itself in eval mode.


class Dropout(Module):
    """Sets each number to 0 with probability p while training, as `torch.nn.Dropout`.

    What is kept is divided by 1 - p, so that the expected value stays. After `eval()` it does nothing.
    Raises ValueError if p is not in 0 ... 1.
    """

    def __init__(self, p=0.5):
        if not 0 <= p <= 1:
            raise ValueError(f"p is a probability, 0 to 1, not {p}")
        self.p = p

    def forward(self, x):
        ### BEGIN SOLUTION
        if not self.training or self.p == 0:
            return x
        keep = rng.random(x.shape, np.float32) >= self.p
        scale = 1 / (1 - self.p) if self.p < 1 else 0
        return x * wrap(keep * np.float32(scale))
        ### END SOLUTION

    def extra_repr(self):
        return f"p={self.p}"


# %% solution="sequential"
#| export
#| hint What does the second layer get?
#| hint Walk through self.layers; each one is called with what the one before returned.
#| hint for layer in self.layers: x = layer(x); then return x.


class Sequential(Module):
    """Layers one after another, as `torch.nn.Sequential`: each gets what the one before returned.

    >>> model = Sequential(Linear(4, 3), Linear(3, 2))
    >>> model(Tensor(np.zeros((5, 4)))).shape, model[1], len(model)
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
        """The layers, under their numbers: "0.weight" and not "layers.0.weight"."""
        return ((str(i), layer) for i, layer in enumerate(self.layers))

    def __getitem__(self, index):
        return Sequential(*self.layers[index]) if isinstance(index, slice) else self.layers[index]

    def __len__(self):
        return len(self.layers)

    def __iter__(self):
        return iter(self.layers)
