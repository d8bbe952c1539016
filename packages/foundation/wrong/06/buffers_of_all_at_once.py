"""Makes the buffers of all parameters when one is asked for."""
# cell: optimizer
# says: how many parameters have a state
# replace:
        state = self.state.setdefault(p, {})
        if name not in state:
            state[name] = zeros_like(p)
        return state[name].data
# by:
        for group in self.param_groups:
            for q in group["params"]:
                self.state.setdefault(q, {}).setdefault(name, zeros_like(q))
        return self.state[p][name].data
