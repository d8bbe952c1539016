"""Index loops and nested calls in the updates."""
# cell: sgd
# function: sgd_step
for i in range(len(params)):
    towards = grads[i] + weight_decay * params[i]
    if momentum != 0:
        towards = momentum_direction(towards, velocities[i], momentum, dampening[i], nesterov)
    descend(params[i], towards, lr)
# cell: adam-step
# function: adam_step
for i, p in enumerate(params):
    descend(p, adam_direction(decayed(grads[i], p, weight_decay), ms[i], vs[i], steps[i], betas=betas, eps=eps), lr)
# cell: adamw
# function: adamw_step
for p in params:
    descend(p, p.copy(), lr * weight_decay)
adam_step(params, grads, ms, vs, steps, lr=lr, betas=betas, eps=eps, weight_decay=0.0)
