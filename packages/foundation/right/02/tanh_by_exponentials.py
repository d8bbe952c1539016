"""From one exponential that cannot overflow."""
# cell: tanh
# function: tanh
e = np.expm1(-2 * np.abs(a))
return np.sign(a) * (-e / (2 + e))
