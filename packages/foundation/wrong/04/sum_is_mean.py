"""The reduction "sum" is the mean."""
# cell: mse
# says: MSELoss\("sum"\)
# says: 4 times too small
# replace:
from tinytorch.core.tensor import Tensor, apply, kernel, kernels, whole_numbers
# by:
from tinytorch.core.tensor import Tensor, apply, kernel, whole_numbers
# replace:
        return costs.mean() if self.reduction == "mean" else costs.sum()
# by:
        return costs.mean()
