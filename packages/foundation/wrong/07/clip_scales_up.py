"""Brings small gradients up to max_norm as well."""
# cell: clip
# says: never made longer
# replace:
        if not factor >= 1:  # so that a factor of nan passes, too
            for g in gradients:
                g *= factor
# by:
        for g in gradients:
            g *= factor
