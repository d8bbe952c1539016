"""AdamW shrinks the parameter and adds the decay to the gradient as well."""
# cell: adamw
# says: exp_avg of AdamW|5 % less
# replace:
weight_decay=0)
# by:
weight_decay=weight_decay)
