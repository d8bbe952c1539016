# %% [markdown]
# {header}

# %% [markdown]
# ## The problem
#
# A model gives scores, and some of its answers are wrong. Change one weight a little: is the model better
# now? Counting mistakes rarely tells, because the count usually stays the same: no single answer changed. We
# need a number that reacts to every change: a *loss*. It is small when the model is right, large when it is
# wrong, and it changes whenever the model does.
#
# If the answer is a quantity, such as a price or a temperature, the distance to the true value will do. If it
# is a choice, the model gives probabilities, as softmax computes them, and the natural measure is *surprise*:
# minus the log of the probability that the right answer got. A probability of 1 is no surprise, `-log(1) = 0`.
# A probability of one half costs 0.69. A model that knows nothing about ten digits gives each a tenth, and
# pays 2.30 every time.
#
# A probability of 0 should cost a great deal, and it costs `inf`. Module 02 made sure that no exponential
# overflows. In exchange, small ones become 0. That was harmless there, but the log of 0 is not.
#
# ### What you stand on
#
# - `Softmax()` turns scores into probabilities; `shifted(a, dim)` subtracts the largest element along `dim`
#   from an array (module 02).
# - `Sigmoid()` turns a score into the probability of a yes (module 02).
# - `@kernel("name")`, `apply` and `@composite` make operations; `tensor(labels)` keeps integers (module 01).
# - `Linear(in, out)` has a `weight` of shape (out, in) and a `bias`; `Module` is the base class (module 03).

# %%
#| default_exp nn.losses
import numpy as np

from tinytorch.core.tensor import Tensor
from tinytorch.nn.activations import Softmax

for probability in (1.0, 0.5, 0.1):
    print(f"a probability of {probability} costs {np.log(1 / probability):.2f}")

both = Softmax()(Tensor([0.0, 200.0]))
with np.errstate(divide="ignore"):
    print("scores 0 and 200: probabilities", both.tolist(), "cost of the first", (-both.log())[0].item())
assert both.tolist() == [0.0, 1.0]

# %% [markdown]
# The first probability is exp(-200), about 1e-87, and float32 has nothing so small. Its log would have been
# -200, a number like any other. Everything in this chapter follows from one sentence: **compute the log
# without computing the probability.**
#
# ## Build
#
# ### Squared error
#
# The oldest loss is due to Gauss and Legendre: the mean of the squared differences. Errors in both directions
# cost. One large error costs more than several small ones with the same sum: an error of 4 costs 16, four
# errors of 1 cost 4.
#
# All losses share two decisions. The first is `reduction`: what happens to the costs of the single answers.
# The mean does not depend on how many there are, the sum does, and "none" returns them all. The second is
# about shapes. A prediction of shape (64, 1) minus a target of shape (64,) broadcasts to 64 x 64 = 4,096
# elements, and their mean looks like a loss. Nobody ever means that, so `pair` raises an error.

# %% solution="mse"
#| export
#| hint reduced: what shape does the result have for each of the three words?
#| hint reduced: which of the words needs no computation? For the others, see which methods a Tensor has.
#| hint reduced: "none" returns the costs themselves; the other two return what the method of the same name gives.
#| hint forward: what does a prediction that is too large by 2 cost, and one that is too small by 2?
#| hint forward: stay with Tensors and their arithmetic. The three reductions exist already, in `self.reduce`.
#| hint forward: form the difference once, multiply it by itself, and reduce.
import math

import numpy as np

from tinytorch._names.losses import cross_entropy as with_options
from tinytorch.core.tensor import Tensor, apply, composite, kernel, ones_like, tensor, whole_numbers
from tinytorch.nn.activations import shifted
from tinytorch.nn.layers import Module


def reduced(costs, reduction):
    """A Tensor of costs, or their "mean", or their "sum"; with "none" all of them."""
    ### BEGIN SOLUTION
    if reduction == "none":
        return costs
    return costs.mean() if reduction == "mean" else costs.sum()
    ### END SOLUTION


class Loss(Module):
    """What all losses share: `reduction` is "mean", "sum" or "none"; anything else is a ValueError."""

    def __init__(self, reduction="mean"):
        if reduction not in ("mean", "sum", "none"):
            raise ValueError(f"reduction is 'mean', 'sum' or 'none', not {reduction!r}")
        self.reduction = reduction

    def reduce(self, costs):
        return reduced(costs, self.reduction)


def pair(prediction, target):
    """Both as Tensors; ValueError if the shapes differ, because broadcasting is never meant here."""
    prediction, target = (x if isinstance(x, Tensor) else Tensor(x) for x in (prediction, target))
    if prediction.shape != target.shape:
        raise ValueError(f"the prediction has shape {prediction.shape}, the target {target.shape}")
    return prediction, target


class MSELoss(Loss):
    """The mean of the squared differences, as `torch.nn.MSELoss`; ValueError if the shapes differ.

    >>> MSELoss()(Tensor([1.0, 2.0]), Tensor([1.0, 5.0]))
    Tensor(4.5)
    """

    def __init__(self, reduction="mean"):
        super().__init__(reduction)

    def forward(self, prediction, target):
        prediction, target = pair(prediction, target)
        ### BEGIN SOLUTION
        difference = prediction - target
        return self.reduce(difference * difference)
        ### END SOLUTION


# %% test="mse" points=14
from tinytorch.testing import check, check_raises


def test_mse():
    prediction, target = Tensor([[1, 2], [3, 4]]), Tensor([[1, 0], [0, 5]])
    check("MSELoss()([[1, 2], [3, 4]], [[1, 0], [0, 5]])", MSELoss()(prediction, target), Tensor(3.5))
    check('MSELoss("sum") of the same', MSELoss("sum")(prediction, target), Tensor(14))
    check('MSELoss("none") of the same', MSELoss("none")(prediction, target), Tensor([[0, 4], [9, 1]]))


def test_mse_refuses_to_broadcast():
    x, y = Tensor(np.zeros((4, 1))), Tensor(np.zeros(4))
    check_raises(
        "MSELoss()(x, y), shapes (4, 1) and (4,)", lambda: MSELoss()(x, y), ValueError, "(4, 1)", "(4,)"
    )
    check("MSELoss()(x, x)", MSELoss()(x, x), Tensor(0))


test_mse()
test_mse_refuses_to_broadcast()

# %% [markdown]
# ### The log of a sum of exponentials
#
# Take one row of scores and the position of the right answer, its *label*. The probability of the label is
# exp(score of the label) / sum of exp(scores). Take minus the log. The log of a quotient is a difference, and
# the log of exp(score) is the score:
#
#     cost = log(sum of exp(scores)) - score of the label
#
# The probability itself was never computed. What remains is the log of a sum of exponentials, which overflows
# at 89 as before. So shift, as in module 02. Let m be the largest score. Every term has the factor exp(m):
#
#     sum of exp(scores) = exp(m) * sum of exp(scores - m)
#     log(sum of exp(scores)) = m + log(sum of exp(scores - m))
#
# The sum on the right is at least 1 and at most the number of scores, so its log is a small number. This is
# called *log-sum-exp*, and it is used wherever probabilities are multiplied. Write it for a list.

# %% solution="cross-entropy-explicit"
#| export
#| hint Of which two numbers is the cost the difference, and which of them needs exponentials?
#| hint What must be known before the first exponential is taken? And what must be added back after the log?
#| hint One pass finds m, a second adds up the exponentials of the shifted scores. The rest is the last formula above.


def cross_entropy_explicit(scores, label):
    """Minus the log of the probability that softmax gives to `label`, from a list of scores, one at a time.

    >>> cross_entropy_explicit([0.0, 200.0], 0)
    200.0
    """
    ### BEGIN SOLUTION
    top = scores[0]
    for score in scores:
        top = max(top, score)
    total = 0.0
    for score in scores:
        total += math.exp(score - top)
    return top + math.log(total) - scores[label]
    ### END SOLUTION


# %% test="cross-entropy-explicit" points=18
def test_cross_entropy_explicit():
    for label, want in [(0, 2.407606), (1, 1.407606), (2, 0.407606)]:
        check(
            f"cross_entropy_explicit([0, 1, 2], {label})",
            cross_entropy_explicit([0.0, 1.0, 2.0], label),
            want,
        )
    check("cross_entropy_explicit([3, 3, 3, 3], 1)", cross_entropy_explicit([3.0] * 4, 1), 1.386294)


def test_cross_entropy_explicit_of_large_scores():
    for scores, label, want in [
        ([1000.0, 1000.0], 0, 0.693147),
        ([0.0, 800.0], 0, 800.0),
        ([-900.0, -901.0], 0, 0.313262),
    ]:
        call = f"cross_entropy_explicit({scores}, {label})"
        check(call, lambda scores=scores, label=label: cross_entropy_explicit(scores, label), want)


test_cross_entropy_explicit()
test_cross_entropy_explicit_of_large_scores()

# %% [markdown]
# ### The log of a softmax
#
# For an array, first compute the logs of all probabilities: `log_softmax`. On paper it is a -
# log_sum_exp(a). In float32 that is not good enough. Near a million, float32 numbers lie a sixteenth apart.
# Add a log of 0.31 to a million, and most of its digits are rounded away before the subtraction: cancellation
# again.
#
# So shift first: b = a - m. The largest score m then cancels, and only small numbers are left:
#
#     a - (m + log(sum of exp(b))) = b - log(sum of exp(b))

# %% solution="log-softmax"
#| export
#| hint Which function of module 02 gives b, and where does the largest score appear after that?
#| hint What shape must the sum have, so that its log broadcasts against b for every dim?
#| hint Shift; exponentials; their sum along dim with the dimension kept; subtract its log from the shifted array.


@kernel("log_softmax")
def log_of_softmax(a, dim):
    """The logs of the softmax along `dim`, without computing a probability: the same shape.

    >>> log_of_softmax(np.array([0.0, 1000.0]), 0)
    array([-1000.,     0.])
    """
    if a.size == 0:
        return a  # an empty array has no largest element
    ### BEGIN SOLUTION
    a = shifted(a, dim)
    return a - np.log(np.add.reduce(np.exp(a), axis=dim, keepdims=True))
    ### END SOLUTION


def log_softmax(x, dim=-1):
    """The logs of the softmax of a Tensor along `dim`, as `torch.nn.functional.log_softmax`.

    >>> log_softmax(Tensor([0.0, 1000.0]))
    Tensor([-1000.,     0.])
    """
    return apply("log_softmax", x, dim=dim)


# %% test="log-softmax" points=18
def test_log_softmax():
    a = np.random.default_rng(1).standard_normal((2, 3, 4)).astype(np.float32)
    for dim in (0, 1, 2, -1):
        want = a - np.log(np.exp(a.astype(np.float64)).sum(dim, keepdims=True))
        check(f"log_softmax(x, dim={dim}), x of shape (2, 3, 4)", log_softmax(Tensor(a), dim), Tensor(want))


def test_log_softmax_of_large_scores():
    with np.errstate(over="raise", invalid="raise", divide="raise"):
        x, want = (
            Tensor([[0, 200], [-500, 500], [100, 100]]),
            Tensor([[-200, 0], [-1000, 0], [-0.693147] * 2]),
        )
        check("log_softmax([[0, 200], [-500, 500], [100, 100]])", lambda: log_softmax(x), want)


def test_log_softmax_keeps_its_digits():
    got = log_softmax(Tensor([1_000_000, 1_000_001]))
    check("log_softmax([1000000, 1000001]): as for [0, 1]", got, Tensor([-1.3132617, -0.3132617]))


test_log_softmax()
test_log_softmax_of_large_scores()
test_log_softmax_keeps_its_digits()

# %% [markdown]
# ### Cross-entropy
#
# The loss needs one log-probability of each row: the one at the label. Its negative is the cost of that row.
# NumPy picks one element from each row if you index with two arrays of equal length, the row numbers and the
# column numbers: `table[[0, 1, 2], [2, 0, 2]]` is `[table[0, 2], table[1, 0], table[2, 2]]`. Tensors accept
# the same index.
#
# The name of this loss, *cross-entropy*, comes from information theory. It is the mean length of a message,
# if the code was designed for the model's probabilities and the messages follow others.
#
# It takes scores, *not* probabilities. These scores have a name of their own, *logits*. A model with a softmax
# at its end causes no error here, but softmax is then applied twice and the loss can never become small. The
# labels may be a list, an array or a Tensor; the class checks that each is a whole number and in range.

# %% solution="cross-entropy"
#| export
#| hint Of all the log-probabilities in a row, which single one does the loss need?
#| hint The example above picks one element from each of three rows. Which two arrays do you need for N rows?
#| hint Pick the label's log from each row of log_softmax, change the sign, and apply the reduction.


@composite
def cross_entropy(logits, labels, *, reduction="mean"):
    """Minus the log of the probability that each row's softmax gives to its label.

    logits: a Tensor (N, classes). labels: int64 (N,), each 0 ... classes - 1. Returns the mean of the N
    costs, or their "sum", or with "none" all of them.

    >>> cross_entropy(Tensor([[0.0, 0.0], [0.0, 1000.0]]), np.array([0, 0]), reduction="none")
    Tensor([6.9315e-01, 1.0000e+03])
    """
    ### BEGIN SOLUTION
    picked = log_softmax(logits, 1)[np.arange(len(labels)), labels]
    return reduced(-picked, reduction)
    ### END SOLUTION


class CrossEntropyLoss(Loss):
    """The mean surprise at the right labels, as `torch.nn.CrossEntropyLoss`.

    logits (N, classes): scores, not probabilities. labels (N,): whole numbers, 0 ... classes - 1, in a list,
    an array or a Tensor. Raises ValueError if the shapes do not fit or a label is none. PyTorch's further
    options and shapes are taken too: class weights, ignore_index, label_smoothing, probabilities as targets.

    >>> CrossEntropyLoss()(Tensor([[0.0, 0.0], [0.0, 1000.0]]), [1, 1])
    Tensor(0.3466)
    """

    def __init__(self, weight=None, ignore_index=-100, reduction="mean", label_smoothing=0.0):
        if isinstance(weight, str):
            weight, reduction = None, weight
        super().__init__(reduction)
        self.weight, self.ignore_index, self.label_smoothing = weight, ignore_index, label_smoothing

    def plain(self, logits, labels):
        """Whether this is the loss of a row for each label, without one of PyTorch's further options."""
        options = self.weight is not None or self.label_smoothing
        return not options and logits.ndim == 2 != labels.ndim and not (labels.data == self.ignore_index).any()

    def forward(self, logits, labels):
        logits, labels = (x if isinstance(x, Tensor) else tensor(x) for x in (logits, labels))
        if not self.plain(logits, labels):
            return with_options(
                logits, labels, self.weight, self.ignore_index, self.reduction, self.label_smoothing
            )
        shape = labels.shape
        if logits.ndim != 2 or shape != logits.shape[:1]:
            raise ValueError(f"logits {logits.shape}, labels {shape}: expected (N, classes) and (N,)")
        labels = whole_numbers(labels, "label", logits.shape[1])
        return cross_entropy(logits, labels, reduction=self.reduction)


# %% test="cross-entropy" points=22
def test_cross_entropy():
    logits = Tensor([[0, 1, 2], [0, 1, 2], [5, 5, 5]])
    costs = [2.407606, 0.407606, 1.098612]
    call = "CrossEntropyLoss({}), logits [[0, 1, 2], [0, 1, 2], [5, 5, 5]], labels [0, 2, 1]"
    got = CrossEntropyLoss("none")(logits, [0, 2, 1])
    check(call.format('"none"'), got, Tensor(costs))
    check(call.format('"sum"'), CrossEntropyLoss("sum")(logits, [0, 2, 1]), Tensor(3.913824))
    check(call.format(""), CrossEntropyLoss()(logits, [0, 2, 1]), Tensor(1.304608))


def test_cross_entropy_of_large_scores():
    with np.errstate(over="raise", invalid="raise", divide="raise"):
        logits, loss = Tensor([[0, 300], [1000, 1000], [0, 1e30]]), CrossEntropyLoss("none")
        check(
            "the costs of [[0, 300], [1000, 1000], [0, 1e30]]",
            lambda: loss(logits, [0, 0, 1]),
            Tensor([300, 0.693147, 0]),
        )


def test_labels_of_every_kind():
    logits = Tensor([[0, 1, 2], [2, 1, 0]])
    for labels in ([2, 0], np.array([2, 0]), np.array([2.0, 0.0]), Tensor([2, 0])):
        check(f"the loss for labels {labels!r}", CrossEntropyLoss()(logits, labels), Tensor(0.407606))
    for labels in ([0, 3], [-1, 0], [0.5, 1], [[0], [1]]):
        check_raises(
            f"the loss for labels {labels}",
            lambda labels=labels: CrossEntropyLoss()(logits, labels),
            ValueError,
        )


test_cross_entropy()
test_cross_entropy_of_large_scores()
test_labels_of_every_kind()

# %% [markdown]
# ### Binary cross-entropy
#
# With only two answers, one score is enough: p = sigmoid(x) is the probability of a yes. Let the target t be 1
# for yes and 0 for no, or a value between them if the answer is uncertain. The surprise is
#
#     -(t log(p) + (1 - t) log(1 - p))
#
# Again we want the logs without the probabilities. Write softplus(x) for log(1 + exp(x)). Then
#
#     -log(p)     = -log(1 / (1 + exp(-x))) = softplus(-x)
#     -log(1 - p) = -log(sigmoid(-x))       = softplus(x)
#
# Together:
#
#     t softplus(-x) + (1 - t) softplus(x)
#
# Softplus is the log-sum-exp of two scores, 0 and x: the larger of the two, plus the log of 1 + exp(-|x|). One
# detail is left. When exp(-|x|) is tiny, 1 + exp(-|x|) is rounded to 1, and its log is 0. `np.log1p(e)`
# computes log(1 + e) without forming the sum.

# %% solution="bce"
#| export
#| hint log_of_one_plus_exp: which is the larger of the two scores 0 and a, and how far is the other below it?
#| hint log_of_one_plus_exp: which exponent is never positive, whatever the sign of a?
#| hint log_of_one_plus_exp: the larger of a and 0, plus log1p of the exponential of the negative distance.
#| hint bce_with_logits: what does a certain yes cost (t = 1), and what a certain no (t = 0)?
#| hint bce_with_logits: `softplus` takes Tensors. Check the signs with a logit of 1000.
#| hint bce_with_logits: two softplus with opposite signs, one weighted by t, the other by what is left of 1.


@kernel("softplus", floats=True)
def log_of_one_plus_exp(a):
    """log(1 + exp(a)) of every element; nothing overflows, and nothing small is lost.

    >>> log_of_one_plus_exp(np.array([-1000.0, 0.0, 1000.0])).round(4)
    array([0.000e+00, 6.931e-01, 1.000e+03])
    """
    ### BEGIN SOLUTION
    return np.maximum(a, 0) + np.log1p(np.exp(-np.abs(a)))
    ### END SOLUTION


def softplus(x):
    """log(1 + exp(x)) of a Tensor, as `torch.nn.functional.softplus`.

    >>> softplus(Tensor([-1000.0, 1000.0]))
    Tensor([   0., 1000.])
    """
    return apply("softplus", x)


@composite
def bce_with_logits(logits, targets):
    """-(t log(p) + (1 - t) log(1 - p)) of every element, with p the sigmoid of the logit: the same shape.

    >>> bce_with_logits(Tensor([0.0, 1000.0, 1000.0]), Tensor([1.0, 1.0, 0.0]))
    Tensor([6.9315e-01, 0.0000e+00, 1.0000e+03])
    """
    ### BEGIN SOLUTION
    return targets * softplus(-logits) + (1 - targets) * softplus(logits)
    ### END SOLUTION


class BCEWithLogitsLoss(Loss):
    """The mean surprise at yes (1) or no (0), as `torch.nn.BCEWithLogitsLoss`: a logit for each target.

    Raises ValueError if the shapes differ.

    >>> BCEWithLogitsLoss()(Tensor([0.0, 1000.0]), Tensor([1.0, 1.0]))
    Tensor(0.3466)
    """

    def __init__(self, weight=None, reduction="mean", pos_weight=None):
        if isinstance(weight, str):
            weight, reduction = None, weight
        super().__init__(reduction)
        self.weight, self.pos_weight = weight, pos_weight

    def forward(self, logits, targets):
        logits, targets = pair(logits, targets)
        costs = bce_with_logits(logits, targets)
        if self.pos_weight is not None:
            costs = costs + (self.pos_weight - 1) * targets * bce_with_logits(logits, ones_like(logits))
        return self.reduce(costs if self.weight is None else costs * self.weight)


# %% test="bce" points=20
def test_softplus():
    with np.errstate(over="raise", invalid="raise"):
        x, want = (
            np.array([-1000, -1, 0, 2, 1000], np.float32),
            np.array([0, 0.3132617, 0.6931472, 2.126928, 1000]),
        )
        check("softplus([-1000, -1, 0, 2, 1000])", lambda: softplus(x), want.astype(np.float32))


def test_bce():
    logits, targets = Tensor([[2, 2], [-1, 0]]), Tensor([[1, 0], [0, 0.25]])
    want = [[0.126928, 2.126928], [0.3132617, 0.6931472]]
    call = "BCEWithLogitsLoss({}), logits [[2, 2], [-1, 0]], targets [[1, 0], [0, 0.25]]"
    check(call.format('"none"'), BCEWithLogitsLoss("none")(logits, targets), Tensor(want))
    check(call.format(""), BCEWithLogitsLoss()(logits, targets), Tensor(0.815066))


def test_bce_at_both_ends():
    loss, want = BCEWithLogitsLoss("none"), Tensor([0, 0, 500, 500])
    with np.errstate(over="raise", invalid="raise", divide="raise"):
        x, t = Tensor([500, -500, 500, -500]), Tensor([1, 0, 0, 1])
        check("the costs of logits [500, -500, 500, -500], targets [1, 0, 0, 1]", lambda: loss(x, t), want)
    small = loss(Tensor([20, -20]), Tensor([1, 0])) * 1e9
    check("the costs of logits [20, -20], targets [1, 0], times 1e9", small, Tensor([2.0611537] * 2))


test_softplus()
test_bce()
test_bce_at_both_ends()

# %% [markdown]
# ## Use
#
# A loss says whether a change was an improvement. For a single layer there is an old rule that finds an
# improvement. The error of an output is what should have come minus what came. Change each weight in
# proportion to the error of its output and to its own input; a weight whose input was 0 did not contribute to
# the error and stays. This is the *delta rule*. Measure shows why it works.
#
# Start small: two inputs, one output, and the truth tables of AND, OR and XOR.

# %%
from tinytorch.core.tensor import manual_seed
from tinytorch.nn.activations import Sigmoid
from tinytorch.nn.layers import Linear


def improve(layer, x, error, rate):
    """The delta rule: move weight and bias of `layer` by the mean of error times input."""
    layer.weight.data += rate / len(x) * (error.T @ x).numpy()
    layer.bias.data += rate * error.mean(dim=0).numpy()


manual_seed(0)
corners = Tensor([[0, 0], [0, 1], [1, 0], [1, 1]])
loss, final = BCEWithLogitsLoss(), {}
for name, table in {"AND": [0, 0, 0, 1], "OR": [0, 1, 1, 1], "XOR": [0, 1, 1, 0]}.items():
    layer, targets = Linear(2, 1), Tensor(table).reshape(4, 1)
    for _ in range(2000):
        improve(layer, corners, targets - Sigmoid()(layer(corners)), rate=1.0)
    final[name] = loss(layer(corners), targets).item()
    says = (layer(corners) > 0).numpy().astype(int).ravel().tolist()
    print(f"{name:4} expected {table}, the layer says {says}, loss {final[name]:.3f}")
assert final["AND"] < 0.05 > final["OR"]
assert abs(final["XOR"] - np.log(2)) < 1e-3

# %% [markdown]
# A single layer draws one straight line between yes and no. For XOR no line separates the four corners, and the
# best that the layer can do is to answer one half everywhere, at a cost of log 2. It takes a nonlinearity
# between two layers.
#
# Now the digits. There are ten outputs, and softmax in place of the sigmoid; the rule is the same. The mean
# images of module 01 named four of five unseen digits.

# %%
from tinytorch.datasets import TinyDigits

train, test = TinyDigits(train=True), TinyDigits(train=False)
images = Tensor(train.images).reshape(len(train), 784) / 255
unseen = Tensor(test.images).reshape(len(test), 784) / 255
truth = Tensor(np.eye(10)[train.labels])  # (4000, 10): a single 1 in each row, at the label

manual_seed(0)
layer, loss, costs = Linear(784, 10), CrossEntropyLoss(), []
for step in range(101):
    logits = layer(images)
    costs.append(loss(logits, train.labels).item())
    if step % 50 == 0:
        known = (logits.argmax(dim=1).numpy() == train.labels).mean()
        new = (layer(unseen).argmax(dim=1).numpy() == test.labels).mean()
        print(f"step {step:3}: loss {costs[-1]:.3f}, right: {known:.1%} known, {new:.1%} unseen")
    improve(layer, images, truth - Softmax(dim=1)(logits), rate=0.5)
assert abs(costs[0] - np.log(10)) < 0.2
assert (np.diff(costs) < 0).all()
assert new > 0.87

# %% [markdown]
# The loss starts near log 10, the surprise of a model that knows nothing, and falls at every step. This is the
# first model of the course that improved itself step by step.
#
# ## Measure
#
# **Where the textbook fails.** Both columns are the same formula. Before you run the cell, predict at which
# size of the scores the first one fails.

# %%
from tinytorch.core.tensor import randn

scores, labels = randn(1000, 10), np.arange(1000) % 10
print("size of the scores  -log(softmax)      yours")
for size in (1, 10, 30, 100, 1000):
    logits = scores * float(size)
    with np.errstate(all="ignore"):
        e = np.exp(logits.numpy())
        textbook = -np.log(e / e.sum(axis=1, keepdims=True))[np.arange(1000), labels].mean()
    yours = CrossEntropyLoss()(logits, labels).item()
    print(f"{size:18}  {textbook:13.3f}  {yours:9.3f}")
assert not np.isfinite(textbook)
assert np.isfinite(yours)

# %% [markdown]
# **Which loss still helps.** A loss can guide a model only where it changes with the score. Suppose that the
# answer is yes, and let the score x go from 0 (undecided) to -10 (surely wrong). The cell measures the
# derivative by one small step in each direction: once for the squared difference between sigmoid(x) and 1, once
# for the surprise. Predict both at x = -10.

# %%
def derivative(cost, x, step=1e-3):
    x = np.float64(x)
    return (cost(x + step) - cost(x - step)) / (2 * step)


def squared(x):
    return (1 - 1 / (1 + np.exp(-x))) ** 2


def surprise(x):
    return log_of_one_plus_exp(-x)  # the loss of a yes, on a number


print("    x  sigmoid(x)  d square / d x  d surprise / d x  sigmoid(x) - 1")
for x in (0, -2, -5, -10):
    p = 1 / (1 + np.exp(-x))
    print(f"{x:5}  {p:10.5f}  {derivative(squared, x):14.5f}  {derivative(surprise, x):16.5f}  {p - 1:14.5f}")
    assert abs(derivative(surprise, x) - (p - 1)) < 1e-6
assert abs(derivative(squared, -10)) < 1e-4

# %% [markdown]
# At x = -10 the squared loss is nearly flat: a model that is surely wrong gets almost no correction. The
# derivative of the surprise is close to -1. In fact it is exactly sigmoid(x) - 1, and that can be derived:
#
#     d/dx softplus(-x) = -exp(-x) / (1 + exp(-x)) = -(1 - sigmoid(x)) = sigmoid(x) - 1
#
# That is what came minus what should have come: the error of the delta rule with the opposite sign. So the
# delta rule moves each weight in the direction in which the surprise falls. The log of the loss cancels the
# exponential of the sigmoid, and this is why each of these losses includes its activation.
#
# **What one number costs.** 1,000 rows of 1,000 scores give one loss. Predict the peak of memory, in arrays of
# the size of the scores, and how much faster your loss is than a thousand calls of the list version.

# %%
from tinytorch.core.tensor import peak_memory, seconds

logits, labels = randn(1000, 1000), np.arange(1000)
rows, loss = logits.tolist(), CrossEntropyLoss()
size = logits.memory_footprint()
peak = peak_memory(lambda: loss(logits, labels)) / size
slow = seconds(
    lambda: [cross_entropy_explicit(row, label) for row, label in zip(rows, labels, strict=True)], 1
)
fast = seconds(lambda: loss(logits, labels), 10)
print(f"peak: {peak:.2f} arrays of the size of the scores")
print(f"loops {slow * 1e3:.0f} ms, arrays {fast * 1e3:.1f} ms, {slow / fast:.0f} times faster")
assert 1.9 < peak < 2.2
assert slow > 10 * fast

# %% [markdown] reflect="first-loss" points=2
# ## Reflect
#
# Answer in a few sentences each, with numbers.
#
# **1. The first loss.** A new model for 1,000 classes starts with a loss of 6.9. Another starts with 35. What
# does each number tell you about the scores? For the second model, which of modules 01 to 03 would you
# look into?
#
# ### BEGIN SOLUTION
# Rubric: 6.9 = log(1000), so the model knows nothing and all scores are about equal (1 point). 35: the scores
# differ by tens, so the weights start too large, module 03 (1 point).
# Model answer: log(1000) = 6.9, so the first model gives every class about the same probability. A mean cost of
# 35 means that the label's score lies about 35 below the largest: it is surely wrong, before it has seen any
# data. Its weights start too large, so I would check the initialization of module 03.
# ### END SOLUTION

# %% [markdown] reflect="mean-or-sum" points=2
# **2. Mean or sum.** You double the batch from 64 to 128 rows and keep the rate of the delta rule. What changes
# in a step if the errors are averaged, and what if they are added up? Which of the two lets you compare losses
# between batches of different size?
#
# ### BEGIN SOLUTION
# Rubric: averaged, a step keeps its size and is less noisy; added up, it is about twice as long and may
# overshoot (1 point). The mean is comparable (1 point).
# Model answer: the mean over 128 rows is about the mean over 64, with less noise. The sum is about twice as
# large, so every weight moves twice as far, perhaps past the best value. Only means can be compared: a sum of
# 128 costs is about double at the same quality.
# ### END SOLUTION

# %% [markdown] reflect="million-choices" points=4
# **3. A hundred thousand choices.** A model chooses among 100,000 words at each of 8,192 positions. How many
# bytes are its logits, and what is the peak of your loss? Name a way to get the same number with a tenth of
# the memory. What makes it possible?
#
# ### BEGIN SOLUTION
# Rubric: the logits take 3.3 GB (1 point), the peak is two arrays more, about 10 GB in all (1 point). A few rows
# at a time, adding up their costs (1 point): the cost of a row depends on that row alone (1 point).
# Model answer: 8,192 x 100,000 x 4 bytes = 3.3 GB. Measure showed two further arrays of that size, so about
# 9.8 GB in all. Take 800 rows at a time: compute their logits and their costs, add up the costs, release the
# rest. It works because no row's cost depends on another row.
# ### END SOLUTION

# %% [markdown]
# ## In PyTorch
#
# `MSELoss`, `CrossEntropyLoss` and `BCEWithLogitsLoss` have the same names, arguments and values, including
# class weights, labels to ignore, label smoothing, and probabilities as targets. PyTorch's `MSELoss` only warns
# where ours refuses a shape that would broadcast. PyTorch also has `BCELoss`, which takes probabilities. It
# limits their logs to -100, because a log of 0 cannot be repaired afterwards. Prefer the one whose name says
# *with logits*.
#
# ## Today
#
# A model that writes text is first trained with the loss of this chapter: the mean surprise at the next word,
# over trillions of words. The exponential of that mean is reported as *perplexity*: a model with a perplexity
# of 20 is as undecided as if it had to choose among 20 equally likely words. With a hundred thousand words to
# choose from, the logits are often the largest array of all. Liger Kernel and Cut Cross-Entropy therefore
# compute the loss in blocks and never hold all logits at once.
#
# Further reading:
#
# - C. E. Shannon, *A Mathematical Theory of Communication*, 1948: surprise and entropy.
# - B. Widrow, M. Hoff, *Adaptive Switching Circuits*, 1960: the delta rule.
# - P. Blanchard, D. Higham, N. Higham, *Accurately computing the log-sum-exp and softmax functions*, 2021.
# - P.-L. Hsu et al., *Liger Kernel: Efficient Triton Kernels for LLM Training*, 2024.
