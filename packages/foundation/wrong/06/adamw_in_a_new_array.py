"""AdamW shrinks a copy: the parameter stays as it was."""
# cell: adamw
# says: AdamW
# says: 5 % less
# replace:
        p *= 1 - lr * weight_decay
# by:
        p = p * (1 - lr * weight_decay)
