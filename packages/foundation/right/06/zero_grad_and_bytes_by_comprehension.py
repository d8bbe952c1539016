"""One walk over all parameters; bytes by a generator of two levels."""
# cell: optimizer
# function: Optimizer.zero_grad
for p in [p for group in self.param_groups for p in group["params"]]:
    p.grad = None
# function: Optimizer.state_bytes
total = 0
for state in self.state.values():
    for value in state.values():
        if isinstance(value, Tensor):
            total += value.data.size * value.data.itemsize
return total
