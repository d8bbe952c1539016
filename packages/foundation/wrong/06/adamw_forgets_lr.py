"""AdamW shrinks by weight_decay alone, without lr."""
# cell: adamw
# says: AdamW
# says: 5 % less
# replace:
        data *= 1 - group["lr"] * group["weight_decay"]
# by:
        data *= 1 - group["weight_decay"]
