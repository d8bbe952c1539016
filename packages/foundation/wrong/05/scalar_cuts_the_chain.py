"""The parent gets the local derivative, not multiplied by the own gradient."""
# cell: scalar
# says: x.grad
# replace:
                parent.grad += derivative * scalar.grad
# by:
                parent.grad += derivative
