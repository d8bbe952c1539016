# %% [markdown]
# {header}

# %% solution="relu"
#| default_exp nn.activations
#| export
#| hint Which numbers does ReLU change, and into what?
#| hint One NumPy function takes the larger of two numbers for every place of an array.
#| hint return np.maximum(a, 0): an array of the same shape, and nan stays nan.
import math

import numpy as np

from tinytorch.core.tensor import apply, kernel


@kernel("relu")
def relu(a):
    """The larger of `a` and 0 in every place, as `torch.relu`: any shape gives the same shape.

    >>> relu(np.array([-2.0, 0.0, 3.0]))
    array([0., 0., 3.])
    """
    ### BEGIN SOLUTION
    return np.maximum(a, 0)
    ### END SOLUTION


class ReLU:
    """max(0, x) for every number of a tensor of any shape, as `torch.nn.ReLU`.

    >>> from tinytorch.core.tensor import Tensor
    >>> ReLU()(Tensor([-2.0, 0.0, 3.0]))
    Tensor([0., 0., 3.])
    """

    def __call__(self, x):
        return apply("relu", x)

    def __repr__(self):
        return "ReLU()"


# %% solution="sigmoid"
#| export
#| hint 1 / (1 + exp(-a)) is fine for a = 100, exp(a) / (exp(a) + 1) for a = -100. What do the two have in common there?
#| hint No exponent may be positive. Below the line: 1 + exp(-|a|) on both sides of zero. Above it: 1, or exp(a) where a < 0.
#| hint np.exp(np.minimum(a, 0)) is what stands above the line for every a; divide it by 1 + np.exp(-np.abs(a)).


@kernel("sigmoid")
def sigmoid(a):
    """1 / (1 + exp(-a)) in every place, as `torch.sigmoid`; no number overflows.

    >>> sigmoid(np.array([-1000.0, 0.0, 1000.0]))
    array([0. , 0.5, 1. ])
    """
    ### BEGIN SOLUTION
    return np.exp(np.minimum(a, 0)) / (1 + np.exp(-np.abs(a)))
    ### END SOLUTION


class Sigmoid:
    """1 / (1 + exp(-x)) for every number of a tensor of any shape, as `torch.nn.Sigmoid`.

    >>> from tinytorch.core.tensor import Tensor
    >>> Sigmoid()(Tensor([0.0, 2.0]))
    Tensor([0.5   , 0.8808])
    """

    def __call__(self, x):
        return apply("sigmoid", x)

    def __repr__(self):
        return "Sigmoid()"


# %% solution="tanh"
#| export
#| hint What do exp(a) and exp(-a) become for a = 100, and what is the quotient of the two?
#| hint NumPy has this function, written with care at both ends.
#| hint return np.tanh(a).


@kernel("tanh")
def tanh(a):
    """The hyperbolic tangent in every place, as `torch.tanh`: between -1 and 1.

    >>> tanh(np.array([-100.0, 0.0, 100.0]))
    array([-1.,  0.,  1.])
    """
    ### BEGIN SOLUTION
    return np.tanh(a)
    ### END SOLUTION


class Tanh:
    """The hyperbolic tangent of every number of a tensor of any shape, as `torch.nn.Tanh`.

    >>> from tinytorch.core.tensor import Tensor
    >>> Tanh()(Tensor([0.0, 1.0]))
    Tensor([0.    , 0.7616])
    """

    def __call__(self, x):
        return apply("tanh", x)

    def __repr__(self):
        return "Tanh()"


# %% solution="gelu"
#| export
#| hint GELU is a times a share between 0 and 1. Which share, in each of its two forms?
#| hint Exact: half of 1 + erf(a / sqrt(2)). Approximate: half of 1 + tanh(sqrt(2 / pi) (b + 0.044715 b^3)), with the b given.
#| hint share = 0.5 * (1 + erf(...)) or 0.5 * (1 + np.tanh(...)), chosen by `approximate`; return a * share.


def erf(a):
    """The error function in every place, at most 1.5e-7 from the truth (Abramowitz and Stegun, 7.1.26).

    >>> [round(float(erf(x)), 4) for x in (-1.0, 0.0, 0.5)]
    [-0.8427, 0.0, 0.5205]
    """
    b = np.minimum(np.abs(a), 6)  # erf(6) is 1 up to 2e-17, and 6 * 6 does not overflow
    t = 1 / (1 + 0.3275911 * b)
    series = 0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429)))
    return np.sign(a) * (1 - t * series * np.exp(-b * b))


@kernel("gelu")
def gelu(a, approximate="none"):
    """`a` times the share of a normal distribution that lies below `a`, as `torch.nn.functional.gelu`.

    `approximate`: "none" for the share by the error function, "tanh" for the cheaper form.

    >>> gelu(np.array([-1.0, 0.0, 1.0])).round(4)
    array([-0.1587,  0.    ,  0.8413])
    >>> gelu(np.array([-1.0, 0.0, 1.0]), "tanh").round(4)
    array([-0.1588,  0.    ,  0.8412])
    """
    b = np.minimum(np.maximum(a, -10), 10)  # both shares are 0 or 1 beyond, and b * b * b does not overflow
    ### BEGIN SOLUTION
    if approximate == "tanh":
        share = 0.5 * (1 + np.tanh(math.sqrt(2 / math.pi) * (b + 0.044715 * b * b * b)))
    else:
        share = 0.5 * (1 + erf(b / math.sqrt(2)))
    return a * share
    ### END SOLUTION


class GELU:
    """x times the share of a normal distribution below x, as `torch.nn.GELU`: any shape.

    `approximate` is "none" or "tanh"; anything else is a ValueError.

    >>> from tinytorch.core.tensor import Tensor
    >>> GELU()(Tensor([-1.0, 0.0, 1.0]))
    Tensor([-0.1587,  0.    ,  0.8413])
    """

    def __init__(self, approximate="none"):
        if approximate not in ("none", "tanh"):
            raise ValueError(f"approximate is 'none' or 'tanh', not {approximate!r}")
        self.approximate = approximate

    def __call__(self, x):
        return apply("gelu", x, approximate=self.approximate)

    def __repr__(self):
        return f"GELU(approximate={self.approximate!r})"


# %% solution="softmax-explicit"
#| export
#| hint Why may the same number be taken from all scores, and which number keeps every exponential at 1 or below?
#| hint Three passes over the list: find the largest, collect the exponentials, divide each by their sum.
#| hint top = the largest; weights.append(math.exp(score - top)); return [w / total for w in weights].


def softmax_explicit(scores):
    """The softmax of a list of numbers, one number at a time: a list of shares that add up to 1.

    >>> softmax_explicit([1000.0, 1000.0])
    [0.5, 0.5]
    """
    ### BEGIN SOLUTION
    top = scores[0]
    for score in scores:
        top = max(top, score)
    weights, total = [], 0.0
    for score in scores:
        weight = math.exp(score - top)
        weights.append(weight)
        total += weight
    return [weight / total for weight in weights]
    ### END SOLUTION


# %% solution="softmax"
#| export
#| hint Every row has its own largest number and its own sum. What shape do they need to fit the rows again?
#| hint `shifted` has taken the largest away. What is left: exponentials, and their sum along `dim`.
#| hint e = np.exp(shifted(a, dim)), then e / np.add.reduce(e, axis=dim, keepdims=True).


def shifted(a, dim):
    """`a` minus its largest number along `dim`: same shape, nothing above 0.

    >>> shifted(np.array([[1.0, 3.0], [9.0, 5.0]]), 1)
    array([[-2.,  0.],
           [ 0., -4.]])
    """
    if a.size == 0:
        return a  # nothing has no largest
    return a - np.maximum.reduce(a, axis=dim, keepdims=True)


@kernel("softmax")
def softmax(a, dim):
    """Exponentials divided by their sum along `dim`, as `torch.softmax`: the same shape, sums of 1.

    >>> softmax(np.array([[0.0, 0.0], [1000.0, 0.0]]), dim=1)
    array([[0.5, 0.5],
           [1. , 0. ]])
    """
    ### BEGIN SOLUTION
    e = np.exp(shifted(a, dim))
    e /= np.add.reduce(e, axis=dim, keepdims=True)
    return e
    ### END SOLUTION


class Softmax:
    """Shares along `dim` that add up to 1, as `torch.nn.Softmax`; any shape, ValueError if `dim` is not there.

    >>> from tinytorch.core.tensor import Tensor
    >>> Softmax()(Tensor([[0.0, 0.0], [1.0, 3.0]]))
    Tensor([[0.5   , 0.5   ],
            [0.1192, 0.8808]])
    """

    def __init__(self, dim=-1):
        self.dim = dim

    def __call__(self, x):
        return apply("softmax", x, dim=self.dim)

    def __repr__(self):
        return f"Softmax(dim={self.dim})"
