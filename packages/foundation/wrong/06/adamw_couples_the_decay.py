"""AdamW adds the decay to the gradient, as Adam does."""
# cell: adamw
# says: AdamW
# says: 5 % less
# replace:
    for p in params:
        p *= 1 - lr * weight_decay
    adam_step(params, grads, ms, vs, steps, lr, betas, eps, weight_decay=0)
# by:
    adam_step(params, grads, ms, vs, steps, lr, betas, eps, weight_decay)
