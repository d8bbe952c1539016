"""The two betas are exchanged."""
# cell: adam
# says: m after adam_in_place
# replace:
    beta1, beta2 = betas
# by:
    beta2, beta1 = betas
