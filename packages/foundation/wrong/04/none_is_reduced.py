"""The reduction "none" gives one number."""
# cell: mse
# says: MSELoss\("none"\)
# says: shape
import math

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

    def reduce(self, costs):
        """The mean or the sum of a Tensor of costs, or the costs as they are."""
        return costs.mean() if self.reduction == "mean" else costs.sum()


def pair(prediction, target):
    """Both as Tensors; ValueError if the shapes differ, because broadcasting is never meant here."""
    prediction, target = (x if isinstance(x, Tensor) else Tensor(x) for x in (prediction, target))
    if prediction.shape != target.shape:
        raise ValueError(f"the prediction has shape {prediction.shape}, the target {target.shape}")
    return prediction, target


class MSELoss(Loss):
    """The mean of the squared differences, as `torch.nn.MSELoss`; ValueError if the shapes differ."""

    def forward(self, prediction, target):
        prediction, target = pair(prediction, target)
        difference = prediction - target
        return self.reduce(difference * difference)
