"""AdamW shrinks a copy: the parameter stays as it was."""
# cell: adamw
# says: AdamW
# says: 5 % less
# replace:
        data *= 1 - group["lr"] * group["weight_decay"]
# by:
        data = data * (1 - group["lr"] * group["weight_decay"])
