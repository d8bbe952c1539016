"""NumPy in place of the Tensor's operations: a number comes out, not a Tensor."""
# cell: mse
# says: MSELoss\(\).*where a Tensor belongs
# replace:
        return self.reduce(difference * difference)
# by:
        return np.mean(difference.data ** 2)
