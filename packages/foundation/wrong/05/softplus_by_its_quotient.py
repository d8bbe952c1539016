"""exp(a) / (1 + exp(a)) as it stands: nan on the right."""
# cell: activations
# says: softplus at -1000
# replace:
g * kernels["sigmoid"](a)
# by:
g * np.exp(a) / (1 + np.exp(a))
