"""Uses beta2 for the gradient and beta1 for its square."""
# cell: adam
# says: m after the first step
# replace:
    m += (1 - beta1) * (grad - m)
# by:
    beta1, beta2 = beta2, beta1
    m += (1 - beta1) * (grad - m)
