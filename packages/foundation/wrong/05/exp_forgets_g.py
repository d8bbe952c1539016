"""The gradient of exp is exp, not g times exp: the chain is cut."""
# cell: functions
# says: the gradient of exp, input 0
# replace:
    return (lambda g: g * out,)
# by:
    return (lambda g: out,)
