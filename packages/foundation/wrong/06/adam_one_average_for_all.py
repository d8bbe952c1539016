"""Adam uses the averages of the first parameter for all."""
# cell: adam-step
# says: adam_step|second of two|broadcast
# replace:
        direction = adam_direction(decayed(grad, p, weight_decay), m, v, step, betas, eps)
# by:
        direction = adam_direction(decayed(grad, p, weight_decay), ms[0], vs[0], step, betas, eps)
