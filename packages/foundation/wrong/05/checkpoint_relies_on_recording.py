"""Relies on recording being on in the second run."""
# cell: checkpoint
# says: no_grad
# replace:
        with set_grad_enabled(True), random_state(ctx.state):
# by:
        with random_state(ctx.state):
