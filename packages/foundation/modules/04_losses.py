# %% [markdown]
# {header}

# %% solution="mse"
#| default_exp nn.losses
#| export
#| hint What does a prediction that is too large by 2 cost, and one that is too small by 2?
#| hint Tensor arithmetic is enough: the difference, times itself, and then `self.reduce`.
#| hint difference = prediction - target; return self.reduce(difference * difference).
import numpy as np

from tinytorch.core.tensor import Tensor, apply, kernel, whole_numbers
from tinytorch.nn.activations import shifted
from tinytorch.nn.layers import Module


class Loss(Module):
    """What all losses share: `reduction` is "mean", "sum" or "none"; anything else is a ValueError."""

    def __init__(self, reduction="mean"):
        if reduction not in ("mean", "sum", "none"):
            raise ValueError(f"reduction is 'mean', 'sum' or 'none', not {reduction!r}")
        self.reduction = reduction

    def reduce(self, losses):
        """One number from many, or the many as they are."""
        if self.reduction == "none":
            return losses
        return losses.mean() if self.reduction == "mean" else losses.sum()


def pair(prediction, target):
    """Both as Tensors; ValueError if the shapes differ, because broadcasting here is never meant."""
    prediction, target = (x if isinstance(x, Tensor) else Tensor(x) for x in (prediction, target))
    if prediction.shape != target.shape:
        raise ValueError(f"the prediction has shape {prediction.shape}, the target {target.shape}")
    return prediction, target


class MSELoss(Loss):
    """The mean of the squared differences, as `torch.nn.MSELoss`; ValueError if the shapes differ.

    >>> MSELoss()(Tensor([1.0, 2.0]), Tensor([1.0, 5.0]))
    Tensor(4.5)
    """

    def forward(self, prediction, target):
        prediction, target = pair(prediction, target)
        ### BEGIN SOLUTION
        difference = prediction - target
        return self.reduce(difference * difference)
        ### END SOLUTION


# %% solution="log-sum-exp"
#| export
#| hint exp(1000) overflows, but log(exp(1000) + exp(1000)) is only 1000 + log(2). Where does the 1000 go?
#| hint Take the largest number out of the sum before the exponentials, and add it again after the log.
#| hint top = the largest along dim (keepdims), sums = np.add.reduce(np.exp(a - top), axis=dim); np.log(sums) + top without its dim.


def log_sum_exp(a, dim):
    """log(sum(exp(a))) of an array along `dim`, which disappears, as `torch.logsumexp`; nothing overflows.

    >>> log_sum_exp(np.array([[0.0, 0.0], [50.0, 50.0]]), 1).round(4)
    array([ 0.6931, 50.6931])
    """
    ### BEGIN SOLUTION
    top = np.maximum.reduce(a, axis=dim, keepdims=True)
    return np.log(np.add.reduce(np.exp(a - top), axis=dim)) + np.squeeze(top, dim)
    ### END SOLUTION


# %% solution="log-softmax"
#| export
#| hint The log of a quotient is a difference. Which difference, when the quotient is exp(a) / sum(exp(a))?
#| hint Shift first; then take the log of the sum of exponentials of what is left, keeping its dimension.
#| hint a = shifted(a, dim); return a - np.log(np.add.reduce(np.exp(a), axis=dim, keepdims=True)).


@kernel("log_softmax")
def log_of_softmax(a, dim):
    """The logs of the softmax along `dim`, without ever taking the log of a share: the same shape.

    >>> log_of_softmax(np.array([0.0, 1000.0]), 0)
    array([-1000.,     0.])
    """
    if a.size == 0:
        return a  # no numbers, no log of their sum
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


# %% solution="cross-entropy"
#| export
#| hint Of all the logs in a row, which single one does the loss need?
#| hint Shift the rows, take from each the number at its label, and the log of its sum of exponentials.
#| hint np.log(sums of np.exp(a) over dim 1) - a[np.arange(len(a)), labels], where a = shifted(logits, 1).


@kernel("cross_entropy")
def cross_entropy(logits, labels):
    """Minus the log of the share that each row's softmax gives to its label.

    logits: (N, classes), any numbers. labels: int64 (N,), each 0 ... classes - 1. Returns (N,).

    >>> cross_entropy(np.array([[0.0, 0.0], [0.0, 1000.0]]), np.array([0, 0])).round(4)
    array([6.931e-01, 1.000e+03])
    """
    ### BEGIN SOLUTION
    a = shifted(logits, 1)
    return np.log(np.add.reduce(np.exp(a), axis=1)) - a[np.arange(len(a)), labels]
    ### END SOLUTION


class CrossEntropyLoss(Loss):
    """The mean surprise at the right labels, as `torch.nn.CrossEntropyLoss`.

    logits (N, classes): scores, not shares. labels (N,): whole numbers, 0 ... classes - 1, as a list,
    an array or a Tensor. Raises ValueError if the shapes do not fit or a label is not one.

    >>> CrossEntropyLoss()(Tensor([[0.0, 0.0], [0.0, 1000.0]]), [1, 1])
    Tensor(0.3466)
    """

    def forward(self, logits, labels):
        logits = logits if isinstance(logits, Tensor) else Tensor(logits)
        if logits.ndim != 2 or np.shape(labels) != logits.shape[:1]:
            raise ValueError(
                f"logits of shape {logits.shape} and labels of shape {np.shape(labels)}: "
                "wanted are (N, classes) and (N,)"
            )
        labels = whole_numbers(labels, "label", logits.shape[1])
        return self.reduce(apply("cross_entropy", logits, labels=labels))


# %% solution="bce"
#| export
#| hint With L = log(1 + exp(-x)): what are -log(p) and -log(1 - p), when p = 1 / (1 + exp(-x))?
#| hint They are L and x + L, so the loss is (1 - t) x + L. And L = max(-x, 0) + log(1 + exp(-|x|)) never overflows.
#| hint (1 - targets) * logits + np.maximum(-logits, 0) + np.log1p(np.exp(-np.abs(logits))).


@kernel("bce_with_logits")
def bce_with_logits(logits, targets):
    """-(t log(p) + (1 - t) log(1 - p)) in every place, with p the sigmoid of the logit: same shape.

    >>> bce_with_logits(np.array([0.0, 1000.0, 1000.0]), np.array([1.0, 1.0, 0.0])).round(4)
    array([6.931e-01, 0.000e+00, 1.000e+03])
    """
    ### BEGIN SOLUTION
    return (1 - targets) * logits + np.maximum(-logits, 0) + np.log1p(np.exp(-np.abs(logits)))
    ### END SOLUTION


class BCEWithLogitsLoss(Loss):
    """The mean surprise at yes (1) or no (0), as `torch.nn.BCEWithLogitsLoss`: one logit for each target.

    Raises ValueError if the shapes differ.

    >>> BCEWithLogitsLoss()(Tensor([0.0, 1000.0]), Tensor([1.0, 1.0]))
    Tensor(0.3466)
    """

    def forward(self, logits, targets):
        logits, targets = pair(logits, targets)
        return self.reduce(apply("bce_with_logits", logits, targets))
