"""The cheap form of GELU for both."""
# cell: gelu
# says: GELU\(\)\(x\).*nearly right
# replace:
    return 0.5 * (1 + erf(b / math.sqrt(2)))
# by:
    return 0.5 * (1 + np.tanh(math.sqrt(2 / math.pi) * (b + 0.044715 * b * b * b)))
