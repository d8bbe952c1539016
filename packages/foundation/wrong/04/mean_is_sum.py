"""The reduction "mean" adds the costs up and does not divide."""
# cell: mse
# says: MSELoss\(\)\(\[\[1, 2\]
# says: 4 times too large
# replace:
from tinytorch.core.tensor import Tensor, apply, kernel, kernels, whole_numbers
# by:
from tinytorch.core.tensor import Tensor, apply, kernel, whole_numbers
# replace:
        return costs.mean() if self.reduction == "mean" else costs.sum()
# by:
        return costs.sum()
