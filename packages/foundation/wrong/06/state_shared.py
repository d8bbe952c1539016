"""Keeps one buffer for all parameters: the state hangs on the name alone."""
# cell: optimizer
# says: each parameter has its own|do not share their state
# replace:
        state = self.state.setdefault(p, {})
# by:
        state = self.state
