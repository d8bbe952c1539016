"""Adds the mean losses of evaluate without their lengths."""
# cell: trainer
# says: evaluate's loss
# replace:
                total += self.loss_fn(outputs, targets).item() * len(rows)
# by:
                total += self.loss_fn(outputs, targets).item()
