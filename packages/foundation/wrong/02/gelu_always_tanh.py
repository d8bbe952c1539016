"""The cheap form of GELU for both."""
# cell: gelu
# says: GELU\(\)\(x\).*nearly right
# replace:
        below = 0.5 * (1 + erf(x / math.sqrt(2)))
# by:
        below = 0.5 * (1 + tanh_of(math.sqrt(2 / math.pi) * (x + 0.044715 * x * x * x)))
