"""Brings small gradients up to max_norm as well."""
# cell: clip
# says: never made longer
# replace:
        factor = np.minimum(1.0, max_norm / (total + 1e-6))
# by:
        factor = max_norm / (total + 1e-6)
