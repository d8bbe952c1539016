"""np.logaddexp; the other order of the two summands."""
# cell: bce
# function: log_of_one_plus_exp
return np.logaddexp(a, 0).astype(a.dtype)
# function: bce_with_logits
return (1 - targets) * softplus(logits) + softplus(-logits) * targets
