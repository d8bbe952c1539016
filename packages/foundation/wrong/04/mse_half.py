"""Half of the square, as some textbooks have it."""
# cell: mse
# says: MSELoss\(\)
# says: 2 times too small
# replace:
from tinytorch.core.tensor import Tensor, apply, kernel, kernels, whole_numbers
# by:
from tinytorch.core.tensor import Tensor, apply, kernel, whole_numbers
# replace:
        return self.reduce(difference * difference)
# by:
        return self.reduce(difference * difference * 0.5)
