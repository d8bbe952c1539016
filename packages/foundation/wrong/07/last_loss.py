"""Returns the loss of the last batch."""
# cell: trainer
# says: a mean over all examples
# replace:
        total, count = 0.0, 0
        for batch, (inputs, targets) in enumerate(pairs(x, y, batch_size, shuffle), 1):
            total += len(targets) * self.step(inputs, targets, batch)
            count += len(targets)
        return total / count
# by:
        for batch, (inputs, targets) in enumerate(pairs(x, y, batch_size, shuffle), 1):
            loss = self.step(inputs, targets, batch)
        return loss
