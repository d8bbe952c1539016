"""Clips when the step is done already."""
# cell: train-step
# says: clipped before the step
# replace:
    if max_norm is not None:
        clip_grad_norm_(model.parameters(), max_norm)
    optimizer.step()
# by:
    optimizer.step()
    if max_norm is not None:
        clip_grad_norm_(model.parameters(), max_norm)
