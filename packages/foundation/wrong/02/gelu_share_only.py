"""The share without the number that it is a share of."""
# cell: gelu
# says: difference at \[0\]: wanted -0.0455
# replace:
    b = np.minimum(np.abs(a), 6)  # erf(6) is 1 up to 2e-17, and 6 * 6 does not overflow
# by:
    b = np.minimum(np.abs(a), 6)
# replace:
@kernel("gelu", floats=True)
# by:
@kernel("gelu")
# replace:
    b = np.minimum(np.maximum(a, -10), 10)  # both shares are 0 or 1 beyond, and b * b * b does not overflow
# by:
    b = np.minimum(np.maximum(a, -10), 10)
# replace:
        share = 0.5 * (1 + np.tanh(math.sqrt(2 / math.pi) * (b + 0.044715 * b * b * b)))
    else:
        share = 0.5 * (1 + erf(b / math.sqrt(2)))
    return a * share
# by:
        return 0.5 * (1 + np.tanh(math.sqrt(2 / math.pi) * (b + 0.044715 * b * b * b)))
    return 0.5 * (1 + erf(b / math.sqrt(2)))
