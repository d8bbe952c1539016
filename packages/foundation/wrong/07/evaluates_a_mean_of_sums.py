"""Adds the mean losses of evaluate without their lengths."""
# cell: trainer
# says: evaluate's loss
# replace:
                total += len(targets) * self.loss_fn(outputs, targets).item()
# by:
                total += self.loss_fn(outputs, targets).item()
