"""Differences are not squared: misses in both directions cancel."""
# cell: mse
# says: MSELoss\(\)\(\[\[1, 2\].*wanted +3.5
# replace:
from tinytorch.core.tensor import Tensor, apply, kernel, kernels, whole_numbers
# by:
from tinytorch.core.tensor import Tensor, apply, kernel, whole_numbers
# replace:
        return self.reduce(difference * difference)
# by:
        return self.reduce(difference)
