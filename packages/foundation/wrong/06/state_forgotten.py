"""Makes new zeros whenever the buffer is asked for."""
# cell: optimizer
# says: it is remembered
# replace:
        if name not in state:
            state[name] = zeros_like(p)
# by:
        state[name] = zeros_like(p)
