"""The paper's formulas, one below the other."""
# cell: adam
# function: adam_direction
m[...] = beta1 * m + (1 - beta1) * grad
v[...] = beta2 * v + (1 - beta2) * grad**2
m_hat = m / (1 - beta1**step)
v_hat = v / (1 - beta2**step)
return m_hat / (v_hat**0.5 + eps)
