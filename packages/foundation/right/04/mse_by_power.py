"""The square as a power."""
# cell: mse
# function: Loss.reduce
if self.reduction == "sum":
    return costs.sum()
return costs if self.reduction == "none" else costs.mean()
# function: MSELoss.forward
return self.reduce((target - prediction) ** 2)
