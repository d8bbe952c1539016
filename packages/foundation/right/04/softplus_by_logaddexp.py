"""np.logaddexp; the other order of the two summands."""
# cell: bce
# function: softplus
return np.logaddexp(x, 0).astype(x.dtype)
# function: bce_with_logits
return (1 - targets) * softplus(logits) + softplus(-logits) * targets
