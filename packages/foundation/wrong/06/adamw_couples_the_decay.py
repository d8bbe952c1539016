"""AdamW adds the decay to the gradient, as Adam does."""
# cell: adamw
# says: AdamW
# says: 5 % less
# replace:
        data *= 1 - group["lr"] * group["weight_decay"]
        return grad
# by:
        return grad + group["weight_decay"] * data
