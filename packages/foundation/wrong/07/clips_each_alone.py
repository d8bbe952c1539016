"""Clips every parameter by its own norm: the direction of the step is lost."""
# cell: clip
# says: one factor for all parameters
# replace:
        factor = max_norm / (total + 1e-6)
        if not factor >= 1:  # true for a factor of nan, too
            for g in gradients:
                g *= factor
# by:
        for g in gradients:
            g *= min(1.0, max_norm / (math.sqrt(float(np.vdot(g, g))) + 1e-6))
