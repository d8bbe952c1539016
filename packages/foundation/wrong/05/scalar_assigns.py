"""`=` for the parent's gradient: each path erases the one before."""
# cell: scalar
# says: a sum over three paths
# replace:
                parent.grad += derivative * scalar.grad
# by:
                parent.grad = derivative * scalar.grad
