"""The square as a power."""
# cell: mse
# function: reduced
if reduction == "sum":
    return costs.sum()
return costs if reduction == "none" else costs.mean()
# function: MSELoss.forward
return self.reduce((target - prediction) ** 2)
