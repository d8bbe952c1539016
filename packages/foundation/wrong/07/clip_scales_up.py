"""Brings small gradients up to max_norm as well."""
# cell: clip
# says: never made longer
# replace:
        if not factor >= 1:  # true for a factor of nan, too
            for g in gradients:
                g *= factor
# by:
        for g in gradients:
            g *= factor
