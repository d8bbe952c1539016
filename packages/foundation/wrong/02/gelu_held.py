"""The number held between -10 and 10 is used in front as well."""
# cell: gelu
# says: x = \[-1e30, -100, 100, 1e30\].*wanted 1.0, got 0.1
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
        return b * 0.5 * (1 + np.tanh(math.sqrt(2 / math.pi) * (b + 0.044715 * b * b * b)))
    return b * 0.5 * (1 + erf(b / math.sqrt(2)))
