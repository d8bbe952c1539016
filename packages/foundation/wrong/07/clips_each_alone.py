"""Clips every parameter by its own norm: the direction of the step is lost."""
# cell: clip
# says: one factor for all parameters
# replace:
        total = math.sqrt(sum(float(np.vdot(g, g)) for g in gradients))
        factor = np.minimum(1.0, max_norm / (total + 1e-6))
        for g in gradients:
            g *= factor
# by:
        total = math.sqrt(sum(float(np.vdot(g, g)) for g in gradients))
        for g in gradients:
            g *= min(1.0, max_norm / (math.sqrt(float(np.vdot(g, g))) + 1e-6))
