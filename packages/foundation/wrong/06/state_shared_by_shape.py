"""Keeps one buffer for all parameters of a shape."""
# cell: optimizer
# says: do not share their state
# replace:
        state = self.state.setdefault(p, {})
# by:
        state = self.state.setdefault(p.shape, {})
