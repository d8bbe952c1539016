"""Losses from log-probabilities with PyTorch's further options, made of the learner's operations."""

from tinytorch._names.functions import as_tensor, where
from tinytorch.core import tensor as core


def classes_last(x, dims=None):
    """x (N, C, d1, ...) as rows (n, C)."""
    if x.ndim < 2:
        return x.reshape(1, -1)
    order = (0, *range(2, x.ndim), 1)
    return x.permute(order).reshape(-1, x.shape[1])


def check_labels(log_probabilities, target):
    shape = log_probabilities.shape
    expected = shape[:1] + shape[2:] if len(shape) > 1 else ()
    if target.shape != expected:
        raise ValueError(f"scores of shape {shape} need labels of shape {expected}, not {target.shape}")


def labelled_costs(log_probabilities, target, weight=None, ignore_index=-100, smoothing=0.0):
    """(costs, weights): minus the log-probability at each label, times the weight of its class.

    The costs have the labels' shape; a label that is `ignore_index` costs nothing and weighs nothing.
    """
    target = as_tensor(target)
    check_labels(log_probabilities, target)
    rows = classes_last(log_probabilities)
    labels = core.wrap(core.whole_numbers(target, "label").reshape(-1))
    taken = labels != ignore_index
    labels = core.whole_numbers(where(taken, labels, 0), "label", rows.shape[1])
    by_class = core.ones(rows.shape[1]) if weight is None else as_tensor(weight)
    weights = by_class[labels] * taken
    costs = -rows[core.np.arange(len(labels)), labels] * weights
    if smoothing:
        costs = costs * (1 - smoothing) - (rows * by_class).sum(1) * taken * (smoothing / rows.shape[1])
    return where(taken, costs, 0).reshape(target.shape), weights.reshape(target.shape)


def expected_costs(log_probabilities, probabilities, weight=None, smoothing=0.0):
    """(costs, number of rows) for targets that are probabilities, of the shape of the scores."""
    rows, p = classes_last(log_probabilities), classes_last(probabilities)
    p = p * (1 - smoothing) + smoothing / rows.shape[1]
    costs = -(p * rows if weight is None else p * rows * as_tensor(weight)).sum(1)
    shape = log_probabilities.shape
    return costs.reshape(shape[:1] + shape[2:] if len(shape) > 1 else ()), core.tensor(float(len(rows)))


def reduced(costs, weights, reduction):
    """The weighted mean, the sum, or the costs as they are."""
    if reduction not in ("mean", "sum", "none"):
        raise ValueError(f"reduction is 'mean', 'sum' or 'none', not {reduction!r}")
    if reduction == "none":
        return costs
    return costs.sum() / weights.sum() if reduction == "mean" else costs.sum()


def cross_entropy(logits, target, weight, ignore_index, reduction, smoothing):
    """`torch.nn.functional.cross_entropy` with all its options, from the learner's log_softmax."""
    from tinytorch.nn.losses import log_softmax

    logs = log_softmax(logits, dim=1 if logits.ndim > 1 else 0)
    if target.shape == logits.shape and target.dtype.kind == "f":
        return reduced(*expected_costs(logs, target, weight, smoothing), reduction)
    return reduced(*labelled_costs(logs, target, weight, ignore_index, smoothing), reduction)
