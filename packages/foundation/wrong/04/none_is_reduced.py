"""The reduction "none" gives one number."""
# cell: mse
# says: MSELoss\("none"\)
# says: shape
# replace:
from tinytorch.core.tensor import Tensor, apply, kernel, kernels, whole_numbers
# by:
from tinytorch.core.tensor import Tensor, apply, kernel, whole_numbers
# replace:
        if self.reduction == "none":
            return costs
# by:

