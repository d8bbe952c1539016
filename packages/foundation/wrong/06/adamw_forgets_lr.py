"""AdamW shrinks by weight_decay alone, without lr."""
# cell: adamw
# says: AdamW
# says: 5 % less
# replace:
        p *= 1 - lr * weight_decay
# by:
        p *= 1 - weight_decay
