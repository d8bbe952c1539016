"""The square where the cheap form has the cube."""
# cell: gelu
# says: GELU\("tanh"\)\(x\), x = \[-2
# replace:
        below = 0.5 * (1 + tanh_of(math.sqrt(2 / math.pi) * (x + 0.044715 * x * x * x)))
# by:
        below = 0.5 * (1 + tanh_of(math.sqrt(2 / math.pi) * (x + 0.044715 * x * x)))
