# %% [markdown]
# {header}

# %% [markdown]
# ## The problem
#
# Module 01 ended with a product of matrices, and it is tempting to stack products: multiply the images by
# one matrix and the result by another. That gains nothing. `(x @ a) @ b` equals `x @ (a @ b)`, and `a @ b`
# is a single matrix that you could have used from the start. A hundred products in a row are still a linear
# function, at a hundred times the cost.
#
# What is missing is a *nonlinearity*: a function that is not linear, applied to every element between two
# products. It is called an *activation*, after the nerve cell that stays silent below a threshold and fires
# above it. Five of them are used nearly everywhere, and you write all five.
#
# In a textbook each is one line. In a computer that line goes wrong for some inputs. All but the first use
# the exponential function, and the exponential of 89 does not fit into a float32. Run the cell: it shows
# that two products collapse into one, and the largest exponent that each type can hold.
#
# ### What you stand on
#
# - `Tensor(data)` holds a NumPy array of float32 in `.data` (module 01). Kernels work on such arrays.
# - `@kernel("name")` enters a function on arrays in the table of operations. With `floats=True` integers are
#   made float32 first.
# - `apply("name", x, ...)` runs a kernel on Tensors and returns a Tensor.
# - `@composite` marks a function that is made of other operations on Tensors.
# - `seconds(f)` and `peak_memory(f)` measure a call of `f()`.

# %%
#| default_exp nn.activations
import numpy as np

from tinytorch.core.tensor import Tensor, randn

x, a, b = randn(5, 8), randn(8, 8), randn(8, 3)
print("two products and one differ by", abs((x @ a) @ b - x @ (a @ b)).max().item())
for dtype in (np.float16, np.float32, np.float64):
    limit = np.log(np.finfo(dtype).max)
    print(f"{np.dtype(dtype).name} holds the exponentials of numbers up to {limit:.1f}")
assert abs((x @ a) @ b - x @ (a @ b)).max().item() < 1e-4
assert np.exp(88.7) < np.finfo(np.float32).max < np.exp(89.0)

# %% [markdown]
# A score of 89 is nothing unusual. Its exponential becomes `inf`, the next division makes `inf / inf`, which
# is `nan`, and every result computed from it is `nan` as well. A program that has learned for a week can be
# lost in one step. This chapter is about writing these functions so that it cannot happen.
#
# ## Build
#
# ### ReLU
#
# The simplest activation: negative elements become 0, the others stay. It is called ReLU, for *rectified
# linear unit*, a name from electrical engineering, where a rectifier lets current through in one direction
# only. There is no exponential in it and nothing to overflow. One thing is worth getting right: a `nan` that
# comes in must come out. A function that turns it into 0 hides the fault from the person who looks for it.
#
# Most activations come in two parts. You write the kernel, which works on arrays. The class below it is the
# object that a model holds; it calls `apply`.

# %% solution="relu"
#| export
#| hint Which elements does ReLU change, and into what?
#| hint Look for a NumPy function that compares two arrays element by element. What does it do with nan?
#| hint The answer is the larger of each element and 0, in a new array of the same shape; `a` itself stays.
import math

import numpy as np

from tinytorch.core.tensor import Tensor, apply, composite, kernel


@kernel("relu")
def relu(a):
    """The larger of each element and 0, as `torch.relu`: any shape gives the same shape.

    >>> relu(np.array([-2.0, 0.0, 3.0]))
    array([0., 0., 3.])
    """
    ### BEGIN SOLUTION
    return np.maximum(a, 0)
    ### END SOLUTION


class ReLU:
    """max(0, x) for every element of a tensor of any shape, as `torch.nn.ReLU`; x itself stays, also with `inplace`.

    >>> from tinytorch.core.tensor import Tensor
    >>> ReLU()(Tensor([-2.0, 0.0, 3.0]))
    Tensor([0., 0., 3.])
    """

    def __init__(self, inplace=False):
        pass

    def __call__(self, x):
        return apply("relu", x)

    def __repr__(self):
        return "ReLU()"


# %% test="relu" points=10
from tinytorch.core.tensor import Tensor
from tinytorch.testing import check


def test_relu():
    call = "ReLU()(x), x = [-2, -0.5, 0, 3]: negative numbers become 0"
    check(call, ReLU()(Tensor([-2, -0.5, 0, 3])), Tensor([0, 0, 0, 3]))
    a = np.random.default_rng(0).standard_normal((2, 3, 4)).astype(np.float32)
    check("ReLU()(x), x of shape (2, 3, 4)", ReLU()(Tensor(a)), Tensor(np.clip(a, 0, None)))


def test_relu_leaves_its_input_alone():
    x = Tensor([-2.0, 3.0])
    ReLU()(x)
    check("x after ReLU()(x), x = [-2, 3]: the input is not to be changed", x, Tensor([-2.0, 3.0]))


def test_relu_keeps_nan():
    check("ReLU()(Tensor([nan])): a nan must stay visible", ReLU()(Tensor([np.nan])), Tensor([np.nan]))


test_relu()
test_relu_leaves_its_input_alone()
test_relu_keeps_nan()

# %% [markdown]
# ### Sigmoid
#
# The sigmoid turns any number into one between 0 and 1, which can be read as the probability of a yes:
# `sigmoid(0)` is one half, and `sigmoid(2)` is 0.88. There are two ways to write it:
#
#     1 / (1 + exp(-x))        and        exp(x) / (1 + exp(x))
#
# Multiply the numerator and the denominator of the first by `exp(x)`, and you get the second. On paper they
# are equal. Compare them at both ends.

# %%
ends = np.array([-1000, -1, 1, 1000], np.float32)
with np.errstate(all="ignore"):
    first, second = 1 / (1 + np.exp(-ends)), np.exp(ends) / (1 + np.exp(ends))
print("1 / (1 + exp(-x))     ", first)
print("exp(x) / (1 + exp(x)) ", second)
assert first[0] == 0
assert np.isnan(second[3])

# %% [markdown]
# The second form gives `nan` on the right. The first form survives on the left by luck: its exponential is
# `inf`, and 1 divided by `inf` happens to be the right answer. (Remove the `errstate`, and NumPy warns.) We
# need a method instead of luck. It is one rule, and it is enough for the whole chapter:
#
# **Never let an exponent be positive.** The exponential of a negative number lies between 0 and 1. It may
# become 0, which does no harm here; it never becomes `inf`.
#
# So use the first form where x is positive and the second where it is negative. Their denominators then
# agree: both are 1 + exp(-|x|). Only the numerators differ.

# %% solution="sigmoid"
#| export
#| hint Which of the two forms has no positive exponent at a = 100, and which at a = -100?
#| hint The denominator is the same for both. Which numerator belongs to a positive a, and which to a negative one?
#| hint The numerator is the exponential of a where a is negative, and 1 elsewhere. No branch needs a loop.


@kernel("sigmoid", floats=True)
def sigmoid(a):
    """1 / (1 + exp(-a)) of every element, as `torch.sigmoid`; nothing overflows.

    >>> sigmoid(np.array([-1000.0, 0.0, 1000.0]))
    array([0. , 0.5, 1. ])
    """
    ### BEGIN SOLUTION
    return np.exp(np.minimum(a, 0)) / (1 + np.exp(-np.abs(a)))
    ### END SOLUTION


class Sigmoid:
    """1 / (1 + exp(-x)) for every element of a tensor of any shape, as `torch.nn.Sigmoid`.

    >>> from tinytorch.core.tensor import Tensor
    >>> Sigmoid()(Tensor([0.0, 2.0]))
    Tensor([0.5   , 0.8808])
    """

    def __call__(self, x):
        return apply("sigmoid", x)

    def __repr__(self):
        return "Sigmoid()"


# %% test="sigmoid" points=18
def test_sigmoid():
    a = np.linspace(-6, 4, 24, dtype=np.float32).reshape(2, 3, 4)
    want = (1 / (1 + np.exp(-a.astype(np.float64)))).astype(np.float32)
    check("Sigmoid()(x), x of shape (2, 3, 4)", Sigmoid()(Tensor(a)), Tensor(want))


def test_sigmoid_at_both_ends():
    x = Tensor([-np.inf, -1000, -90, 0, 90, 1000, np.inf])
    with np.errstate(over="raise", invalid="raise"):
        call, want = "Sigmoid()(x), x = [-inf, -1000, -90, 0, 90, 1000, inf]", Tensor([0, 0, 0, 0.5, 1, 1, 1])
        check(call, lambda: Sigmoid()(x), want)


def test_sigmoid_keeps_small_numbers():
    with np.errstate(divide="ignore"):
        got = Sigmoid()(Tensor([-20.0, -60.0])).log()
    check("Sigmoid()(x).log(), x = [-20, -60]: a small probability is not 0", got, Tensor([-20.0, -60.0]))


test_sigmoid()
test_sigmoid_at_both_ends()
test_sigmoid_keeps_small_numbers()

# %% [markdown]
# ### Tanh
#
# The hyperbolic tangent is a sigmoid stretched to run from -1 to 1, so that its outputs have a mean near 0.
# Its definition is a quotient:
#
#     (exp(x) - exp(-x)) / (exp(x) + exp(-x))
#
# At x = 100 this is `inf / inf`. The stretched sigmoid `2 sigmoid(2 x) - 1` does not overflow, but it fails
# in the middle. For x = 1e-8 it subtracts 1 from a number that is 1 in every digit that float32 holds, and
# the answer is 0 instead of 1e-8. Subtracting two nearly equal numbers loses the digits that they have in
# common. This is called *cancellation*; after overflow it is the second way to lose a result.
#
# A good tanh uses different formulas at the ends and in the middle. NumPy has a good one. Deciding not to
# write a function yourself is part of the craft.

# %% solution="tanh"
#| export
#| hint What do exp(a) and exp(-a) become for a = 100, and what is the quotient of the two?
#| hint Which of the two formulas above is right at a = 100, which at a = 1e-8? Is there one that is right at both?
#| hint The text above says who has already written it with care. One call is enough.


@kernel("tanh", floats=True)
def tanh(a):
    """The hyperbolic tangent of every element, as `torch.tanh`: between -1 and 1.

    >>> tanh(np.array([-100.0, 0.0, 100.0]))
    array([-1.,  0.,  1.])
    """
    ### BEGIN SOLUTION
    return np.tanh(a)
    ### END SOLUTION


class Tanh:
    """The hyperbolic tangent of every element of a tensor of any shape, as `torch.nn.Tanh`.

    >>> from tinytorch.core.tensor import Tensor
    >>> Tanh()(Tensor([0.0, 1.0]))
    Tensor([0.    , 0.7616])
    """

    def __call__(self, x):
        return apply("tanh", x)

    def __repr__(self):
        return "Tanh()"


# %% test="tanh" points=10
def test_tanh():
    a = np.linspace(-3, 3, 12, dtype=np.float32).reshape(3, 4)
    want = (1 - 2 / (np.exp(2 * a.astype(np.float64)) + 1)).astype(np.float32)
    check("Tanh()(x), x of shape (3, 4)", Tanh()(Tensor(a)), Tensor(want))


def test_tanh_at_both_ends():
    with np.errstate(over="raise", invalid="raise"):
        x = Tensor([-1000, -100, 100, 1000])
        check("Tanh()(x), x = [-1000, -100, 100, 1000]", lambda: Tanh()(x), Tensor([-1, -1, 1, 1]))


def test_tanh_keeps_small_numbers():
    got = Tanh()(Tensor([1e-8, -1e-6])) * 1e8
    check("Tanh()(x) * 1e8, x = [1e-8, -1e-6]: near zero tanh(x) is x", got, Tensor([1.0, -100.0]))


test_tanh()
test_tanh_at_both_ends()
test_tanh_keeps_small_numbers()

# %% [markdown]
# ### GELU
#
# ReLU multiplies its input by 0 or by 1 and jumps between the two at zero. GELU (2016) multiplies by a factor
# that rises smoothly from 0 to 1. Draw a number at random from the normal distribution, the bell curve around
# 0. The factor is the probability that this number is less than x. It is called the cumulative distribution
# function, CDF for short, and is written with the Greek letter Phi:
#
#     GELU(x) = x * Phi(x)
#
# At x = 0 half of the bell lies to the left, so GELU(0) = 0 * 0.5 = 0. At x = 1 it is 84 %, so GELU(1) =
# 0.84. Far to the right Phi is 1 and GELU returns x; far to the left Phi is 0.
#
# NumPy does not have Phi. Statisticians tabulate a relative of it, the *error function* erf. It is the same
# S-shaped curve, shifted and stretched to run from -1 to 1, with its argument divided by sqrt(2):
#
#     Phi(x) = (1 + erf(x / sqrt(2))) / 2
#
# erf is an integral without a formula, so it has to be approximated. `erf` below is given. It is the tanh of
# x times a polynomial in x * x. A tanh already has the right shape, and the seven coefficients were fitted
# until the error was below 6e-8, the last digit of a float32.
#
# The authors of GELU also proposed a cheaper factor, with only two terms inside the tanh:
#
#     Phi(x) = (1 + tanh(sqrt(2 / pi) * (x + 0.044715 * x * x * x))) / 2, approximately
#
# It is wrong in the fourth digit. GPT-2 was trained with it and has to go on using it, so both forms exist,
# in PyTorch and here.
#
# This time you do not write a kernel. `gelu` works on Tensors: it is made of operations that exist already,
# so it is a composite.

# %% solution="gelu"
#| export
#| hint Which factor between 0 and 1 does GELU multiply its input by, and what are its two forms?
#| hint `erf(x)` and `tanh_of(x)` take Tensors. A Tensor can be divided by a Python number such as math.sqrt(2).
#| hint Choose the factor by `approximate`, from the two formulas above. Multiply x by it at the very end.
ERF = (1.5895996e-07, -5.9856864e-06, 8.9712564e-05, -0.00062571952, -0.00018438375, 0.10276548, 1.1283797)


@kernel("erf", floats=True)
def error_function(a):
    """The error function of every element, at most 6e-8 from the truth, as `torch.erf`: the same shape.

    >>> error_function(np.array([-1.0, 0.0, 0.5, 1e10])).round(4)
    array([-0.8427,  0.    ,  0.5205,  1.    ])
    """
    a = np.clip(a, -6, 6)  # beyond 4 it is 1 to the last digit, and no power of 6 overflows
    square, series = a * a, 0.0
    for factor in ERF:
        series = series * square + factor
    return np.tanh(a * series)


def erf(x):
    """The error function of a Tensor."""
    return apply("erf", x)


def tanh_of(x):
    """The hyperbolic tangent of a Tensor."""
    return apply("tanh", x)


@composite
def gelu(x, *, approximate="none"):
    """x times the probability that a normally distributed number is below x, as `torch.nn.functional.gelu`.

    `approximate`: "none" for the exact probability, "tanh" for the cheaper form.

    >>> gelu(Tensor([-1.0, 0.0, 1.0]))
    Tensor([-0.1587,  0.    ,  0.8413])
    >>> gelu(Tensor([-1.0, 0.0, 1.0]), approximate="tanh")
    Tensor([-0.1588,  0.    ,  0.8412])
    """
    ### BEGIN SOLUTION
    if approximate == "tanh":
        below = 0.5 * (1 + tanh_of(math.sqrt(2 / math.pi) * (x + 0.044715 * x * x * x)))
    else:
        below = 0.5 * (1 + erf(x / math.sqrt(2)))
    return x * below
    ### END SOLUTION


class GELU:
    """x times the probability that a normally distributed number is below x, as `torch.nn.GELU`: any shape.

    `approximate` is "none" or "tanh"; anything else is a ValueError.

    >>> GELU()(Tensor([-1.0, 0.0, 1.0]))
    Tensor([-0.1587,  0.    ,  0.8413])
    """

    def __init__(self, approximate="none"):
        if approximate not in ("none", "tanh"):
            raise ValueError(f"approximate is 'none' or 'tanh', not {approximate!r}")
        self.approximate = approximate

    def __call__(self, x):
        return gelu(x if isinstance(x, Tensor) else Tensor(x), approximate=self.approximate)

    def __repr__(self):
        return f"GELU(approximate={self.approximate!r})"


# %% test="gelu" points=18
def test_gelu_exact():
    want = [-0.04550026, -0.15865525, -0.15426877, 0.0, 0.34573123, 0.84134475, 1.9544997]
    got = GELU()(Tensor([-2, -1, -0.5, 0, 0.5, 1, 2]))
    check("GELU()(x), x = [-2, -1, -0.5, 0, 0.5, 1, 2]", got, Tensor(want), tolerance=1e-6)


def test_gelu_tanh():
    want = [-0.04540231, -0.15880801, -0.15428599, 0.0, 0.34571401, 0.84119199, 1.9545977]
    got = GELU("tanh")(Tensor([-2, -1, -0.5, 0, 0.5, 1, 2]))
    check('GELU("tanh")(x), x = [-2, -1, -0.5, 0, 0.5, 1, 2]', got, Tensor(want), tolerance=1e-6)


def test_gelu_far_from_zero():
    x = Tensor([-1e10, -100, 100, 1e10])
    for form in ("none", "tanh"):
        with np.errstate(over="raise", invalid="raise"):
            call, want = f"GELU({form!r})(x) / 100, x = [-1e10, -100, 100, 1e10]", Tensor([0, 0, 1, 1e8])
            check(call, lambda form=form: GELU(form)(x) / 100, want)


def test_gelu_leaves_its_input_alone():
    x = Tensor([-2.0, 3.0])
    GELU()(x)
    check("x after GELU()(x), x = [-2, 3]", x, Tensor([-2.0, 3.0]))


test_gelu_exact()
test_gelu_tanh()
test_gelu_far_from_zero()
test_gelu_leaves_its_input_alone()

# %% [markdown]
# ### Softmax
#
# The last activation works on several elements together. A model that chooses among ten digits gives ten
# scores. Softmax turns them into probabilities, positive and with a sum of 1: take the exponential of each
# score, and divide by the sum of all the exponentials.
#
# Here the rule seems impossible to keep, because some scores are positive. But softmax depends only on
# differences between scores. Subtract c from every score:
#
#     exp(a - c) / sum of exp(a - c) = exp(a) exp(-c) / (exp(-c) sum of exp(a)) = exp(a) / sum of exp(a)
#
# The factor exp(-c) cancels. So subtract the largest score. Then one exponent is 0 and the others are
# negative. No exponential is above 1, and the sum is at least 1, so there is no division by 0 either.
#
# Write it first for a plain list, one number at a time, so that the work can be counted: one pass for the
# largest score, one for the exponentials and their sum, one for the division.

# %% solution="softmax-explicit"
#| export
#| hint Which number, subtracted from every score, keeps all the exponentials at 1 or below?
#| hint The text names three passes. Which of them needs the result of the one before?
#| hint Find the largest score; collect the exponentials of the differences from it; divide each by their sum.


def softmax_explicit(scores):
    """The softmax of a list of numbers, one number at a time: a list of probabilities.

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


# %% test="softmax-explicit" points=16
def test_softmax_explicit():
    small, middle, large = 0.09003057, 0.24472847, 0.66524096
    check("softmax_explicit([0, 1, 2])", softmax_explicit([0.0, 1.0, 2.0]), [small, middle, large])
    check("softmax_explicit([2, 0, 1])", softmax_explicit([2.0, 0.0, 1.0]), [large, small, middle])
    check("softmax_explicit([5])", softmax_explicit([5.0]), [1.0])


def test_softmax_explicit_of_large_scores():
    for scores in ([1000.0, 1001.0], [-1001.0, -1000.0]):
        call = f"softmax_explicit({scores}): as for [0, 1]"
        check(call, lambda scores=scores: softmax_explicit(scores), [0.26894142, 0.73105858])


test_softmax_explicit()
test_softmax_explicit_of_large_scores()

# %% [markdown]
# Now the same for an array, all rows at once. `dim` is the dimension along which the probabilities add up to
# 1: with `dim=1` each row of a matrix is normalized, with `dim=0` each column. The largest element and the
# sum must keep that dimension with size 1, so that they broadcast against the array. It is easy to forget,
# and with a square matrix nothing complains.
#
# The shift has a function of its own, `shifted`, because it will be needed again.

# %% solution="softmax"
#| export
#| hint shifted: every row has its own largest element. What shape must these have to broadcast against the rows?
#| hint shifted: NumPy's reductions take `axis` and `keepdims`. Try both on an array of shape (2, 3).
#| hint shifted: reduce `a` to its largest elements along dim, keep that dimension, and subtract.
#| hint softmax: what has `shifted` done already, and which two steps of the list version are left?
#| hint softmax: the sum must broadcast against the exponentials, as the largest element did against `a`.
#| hint softmax: exponentials of the shifted array, divided by their sum along dim with the dimension kept.


def shifted(a, dim):
    """`a` minus its largest element along `dim`: the same shape, nothing above 0.

    >>> shifted(np.array([[1.0, 3.0], [9.0, 5.0]]), 1)
    array([[-2.,  0.],
           [ 0., -4.]])
    """
    if a.size == 0:
        return a  # an empty array has no largest element
    ### BEGIN SOLUTION
    return a - np.maximum.reduce(a, axis=dim, keepdims=True)
    ### END SOLUTION


@kernel("softmax", floats=True)
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
    """Probabilities along `dim`, as `torch.nn.Softmax`: any shape; ValueError if it has no `dim`.

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


# %% test="softmax" points=20
def test_softmax_along_each_dim():
    a = np.random.default_rng(1).standard_normal((2, 3, 4)).astype(np.float32)
    for dim in (0, 1, 2, -1):
        e = np.exp(a.astype(np.float64))
        want = (e / e.sum(dim, keepdims=True)).astype(np.float32)
        check(f"Softmax(dim={dim})(x), x of shape (2, 3, 4)", Softmax(dim)(Tensor(a)), Tensor(want))


def test_softmax_of_a_square():
    want = [[0.0900306, 0.2447285, 0.6652410], [1 / 3, 1 / 3, 1 / 3], [0.0, 0.0179862, 0.9820138]]
    got = Softmax(dim=1)(Tensor([[0, 1, 2], [7, 7, 7], [-20, 4, 8]]))
    check("Softmax(dim=1)([[0, 1, 2], [7, 7, 7], [-20, 4, 8]]): a sum for each row", got, Tensor(want))


def test_softmax_of_large_scores():
    with np.errstate(over="raise", invalid="raise"):
        x = Tensor([[1000, 1000], [-1000, -1000], [1e30, -1e30]])
        want = Tensor([[0.5, 0.5], [0.5, 0.5], [1, 0]])
        check("Softmax()([[1000, 1000], [-1000, -1000], [1e30, -1e30]])", lambda: Softmax()(x), want)


test_softmax_along_each_dim()
test_softmax_of_a_square()
test_softmax_of_large_scores()

# %% [markdown]
# ## Use
#
# First look at what you wrote. The cell draws each activation (`o`) and its derivative (`.`), which is
# measured by moving x a small step in both directions. For softmax, x is one of three scores and the other
# two are 0. With matplotlib you get a figure as well.

# %%
xs = np.linspace(-4, 4, 65, dtype=np.float32)


def first_of_three(x):
    """The first probability of the scores x, 0, 0."""
    scores = np.stack([x.numpy(), np.zeros_like(xs), np.zeros_like(xs)], axis=1)
    return Softmax(dim=1)(Tensor(scores))[:, 0]


def curve_and_derivative(f, step=0.01):
    ahead, behind = f(Tensor(xs + step)).numpy(), f(Tensor(xs - step)).numpy()
    return f(Tensor(xs)).numpy(), (ahead - behind) / (2 * step)


def drawn(values, derivative, rows=9):
    """Both curves as text, from 2 at the top to -1 at the bottom."""
    grid = [[" "] * len(xs) for _ in range(rows)]
    for mark, curve in ((".", derivative), ("o", values)):
        for column, y in enumerate(curve):
            row = round((2 - float(y)) / 3 * (rows - 1))
            if 0 <= row < rows:
                grid[row][column] = mark
    return "\n".join("".join(row).rstrip() for row in grid)


shown = {"ReLU": ReLU(), "Sigmoid": Sigmoid(), "Tanh": Tanh(), "GELU": GELU(), "Softmax": first_of_three}
curves = {name: curve_and_derivative(f) for name, f in shown.items()}
for name, (values, derivative) in curves.items():
    print(f"{name}, x from -4 to 4: derivative at most {derivative.max():.2f}\n{drawn(values, derivative)}\n")
assert abs(curves["Sigmoid"][1].max() - 0.25) < 0.01
assert abs(curves["Tanh"][1].max() - 1) < 0.01
assert curves["GELU"][1].max() > 1.1
assert curves["GELU"][1].min() < -0.1
try:
    from matplotlib import pyplot
except ImportError:
    print("without matplotlib there is no figure")
else:
    figure, axes = pyplot.subplots(1, len(curves), figsize=(15, 3), sharey=True)
    for axis, (name, pair) in zip(axes, curves.items(), strict=True):
        axis.plot(xs, pair[0], label="value")
        axis.plot(xs, pair[1], "--", label="derivative")
        axis.set(title=name, xlabel="x")
    axes[0].legend()

# %% [markdown]
# The derivative says how strongly the output reacts to a change of x. A sigmoid never reacts with more than
# a quarter, and at both ends it does not react at all. ReLU reacts with 1 on the right and with nothing on
# the left. GELU falls a little before it rises: just left of zero its derivative is negative.
#
# Now real data. In module 01 the nearest of ten mean images named a digit, and was right four times in
# five. A mean throws away 399 of 400 images. Keep them all instead: each of the 4,000 known images votes
# for its label, the near ones with a large weight, the far ones with almost none. These weights are a
# softmax.
#
# The score of a known image is minus half its squared distance to the new one. Write the square out:
#
#     -(u - k)**2 / 2 = u k - k**2 / 2 - u**2 / 2
#
# The last term is the same for all known images k, and softmax does not change if the same number is
# subtracted from every score. So the scores are one product and one subtraction. A *temperature* divides
# them: the lower it is, the more the nearest images decide.

# %%
from tinytorch.datasets import TinyDigits

train, test = TinyDigits(train=True), TinyDigits(train=False)
known = Tensor(train.images).reshape(len(train), 784) / 255
unseen = Tensor(test.images).reshape(len(test), 784) / 255
ballots = Tensor(np.eye(10)[train.labels])  # (4000, 10): a single 1 in each row, at the label

scores = unseen @ known.T - (known * known).sum(dim=1) / 2  # (1000, 4000)
print(f"{scores.shape[0]} rows of {scores.shape[1]} scores, the largest {scores.max().item():.0f}")
print("temperature  right  mean confidence  rows lost without the shift")
for temperature in (5.0, 1.5, 0.5, 0.1):
    votes = Softmax(dim=1)(scores / temperature) @ ballots  # (1000, 10)
    right = (votes.argmax(dim=1).numpy() == test.labels).mean()
    with np.errstate(all="ignore"):
        e = np.exp(scores.numpy() / temperature)
        lost = np.isnan(e / e.sum(axis=1, keepdims=True)).any(axis=1).mean()
    print(f"{temperature:11}  {right:5.1%}  {votes.max(dim=1).mean().item():15.1%}  {lost:27.1%}")
    assert (0.93 < right < 0.96 and lost == 0) or temperature != 1.5
assert lost > 0.9

# %% [markdown]
# No weight was adjusted, yet 94 of 100 are right. Compare the last two columns. At a high temperature the
# model is less sure than it should be; at a low one it is sure of everything, its mistakes included. And the
# textbook softmax loses nearly every row at a temperature where yours still works.
#
# ## Measure
#
# **Loops against arrays.** `softmax_explicit` makes three passes in Python; the kernel makes the same passes
# in C. Predict how many times faster the kernel is for 10,000 scores.

# %%
from tinytorch.core.tensor import peak_memory, seconds

row = randn(10_000)
numbers = row.tolist()
slow, fast = seconds(lambda: softmax_explicit(numbers), 5), seconds(lambda: Softmax()(row), 50)
print(f"10,000 scores: loops {slow * 1e3:.1f} ms, arrays {fast * 1e6:.0f} us, {slow / fast:.0f} times faster")
assert slow > 10 * fast

# %% [markdown]
# **What each one costs.** A million elements take 4 MB. Every arithmetic step of a kernel reads them once,
# and most steps make a new array. Read your five functions, and predict for each the time, as a multiple of
# ReLU's, and the peak of memory, in arrays of 4 MB.

# %%
x = randn(1000, 1000)
relu_time = seconds(lambda: ReLU()(x))
print("activation                 ns a number  times ReLU  arrays at the peak")
peaks = {}
for f in (ReLU(), Sigmoid(), Tanh(), GELU(), GELU("tanh"), Softmax()):
    taken, peak = seconds(lambda f=f: f(x)), peak_memory(lambda f=f: f(x)) / x.memory_footprint()
    peaks[type(f)] = round(peak)
    print(f"{f!r:26} {taken * 1e3:11.2f}  {taken / relu_time:10.1f}  {peak:18.1f}")
assert (peaks[ReLU], peaks[Tanh], peaks[Softmax]) == (1, 1, 2)

# %% [markdown]
# If your guess for GELU was too low, count its operations: as a composite it makes a new array for each of
# them, and its `erf` alone needs a multiplication and an addition for every coefficient.
#
# **Where a sigmoid stops.** From which x on is the result exactly 1? And down to which x is it not yet 0?
# Write down both before you run the cell.

# %%
grid = np.arange(-120, 120, 0.25, dtype=np.float32)
y = Sigmoid()(Tensor(grid)).numpy()
print(f"exactly 1 from x = {grid[y == 1].min()}, exactly 0 up to x = {grid[y == 0].max()}")
assert 16 < grid[y == 1].min() < 18
assert grid[y == 0].max() < -85

# %% [markdown] reflect="two-ends" points=2
# ## Reflect
#
# Answer in a few sentences each, with numbers.
#
# **1. Two ends.** The sigmoid becomes exactly 1 at about 17, but exactly 0 only near -100. The curve is
# symmetric; why are these two limits not? You need `1 - sigmoid(20)`, the probability of a no. What do you
# compute instead, and what do you get each way?
#
# ### BEGIN SOLUTION
# Rubric: float32 is dense near 0 and 6e-8 apart near 1, so values that close to 1 are rounded to it (1 point).
# Compute sigmoid(-20) = 2.1e-9 instead of 1 - sigmoid(20) = 0 (1 point).
# Model answer: just below 1, neighbouring float32 numbers differ by 6e-8, so 1 - 2e-9 is rounded to 1. Near 0
# they are far denser, and 2e-9 keeps all its digits. 1 - sigmoid(20) gives 0. By symmetry the same probability
# is sigmoid(-20), which gives 2.1e-9.
# ### END SOLUTION

# %% [markdown] reflect="voters" points=2
# **2. A million voters.** In Use, 1,000 new images met 4,000 known ones. How many bytes is the matrix of
# softmax outputs? How many with a million known images? Describe a way to get the same votes with a small
# part of that memory. What must be known about a row before its first probability can be computed?
#
# ### BEGIN SOLUTION
# Rubric: 16 MB and 4 GB (1 point). A few rows at a time, or blocks of columns with a running largest score and
# a running sum; a row's largest score and sum must be known first (1 point).
# Model answer: 1,000 x 4,000 x 4 bytes = 16 MB; with a million known images it is 4 GB. Rows are independent,
# so ten rows at a time need a hundredth. A row's largest score and the sum of its exponentials must be known
# before its first probability.
# ### END SOLUTION

# %% [markdown] reflect="peak" points=4
# **3. Memory or steps.** GELU needed several times the memory of ReLU for a moment, and many times the time.
# Pick one of your functions and say how to lower its peak without changing its result. Why does the time
# fall as well, although the arithmetic stays the same?
#
# ### BEGIN SOLUTION
# Rubric: a way that fits the function: write into an array that exists (`out=`, `/=`), or work through blocks
# that fit the processor's cache (2 points, 1 if it would change the input). Less time because fewer new
# pages are requested and less data travels to and from memory (2 points).
# Model answer: softmax divides in place with `/=`, so it needs two arrays instead of three. GELU could run on
# blocks of 64 KB, so its intermediate arrays stay in the cache. The arithmetic is the same, but writing 4 MB
# to memory and reading it back takes longer than the multiplication in between.
# ### END SOLUTION

# %% [markdown]
# ## In PyTorch
#
# `torch.nn.ReLU`, `Sigmoid`, `Tanh`, `GELU` and `Softmax` take the same arguments and give the same values,
# to the last digit or two. They shift softmax by the largest score as well. Three things differ. PyTorch
# expects `dim` for softmax and warns if it is missing; ours is -1, the last. PyTorch refuses integers in
# softmax; ours makes them float32. And each of PyTorch's functions is a single pass in C++: the
# intermediate values of a GELU never leave the processor. Ours are written to memory and read again, more
# than a dozen times.
#
# ## Today
#
# ReLU made deep networks practical around 2011: it is cheap, and on the right it never flattens out. GELU
# and its relatives SiLU and SwiGLU have replaced it in most large models. The sigmoid is still used for a
# yes or a no. Softmax is everywhere: a chat program draws each word from a softmax over about a hundred
# thousand candidates.
#
# Large models compute in 2-byte numbers, and you printed what that means: in float16 the exponential of 12
# is already too large. The shift makes them possible. Since 2018 there is a softmax that finds the largest
# score and the sum in a single pass and rescales the sum when a larger score turns up; FlashAttention is
# built around it.
#
# Further reading:
#
# - X. Glorot, A. Bordes, Y. Bengio, *Deep Sparse Rectifier Neural Networks*, 2011.
# - Dan Hendrycks, Kevin Gimpel, *Gaussian Error Linear Units (GELUs)*, 2016.
# - Maxim Milakov, Natalia Gimelshein, *Online normalizer calculation for softmax*, 2018.
# - Tri Dao et al., *FlashAttention: Fast and Memory-Efficient Exact Attention with IO-Awareness*, 2022.
# - Nicholas Higham, *Accuracy and Stability of Numerical Algorithms*, 2002: cancellation.
