"""step with a generator; buffer with try and except."""
# cell: optimizer
# function: Optimizer.step
for group in self.param_groups:
    moving = list(filter(lambda p: p.grad is not None, group["params"]))
    if len(moving) > 0:
        self.update_all(moving, group)
# function: Optimizer.buffer
try:
    return self.state[p][name].data
except KeyError:
    self.state.setdefault(p, {})[name] = Tensor(np.zeros(p.shape, p.dtype))
    return self.state[p][name].data
