"""The weighted average of all losses at the end."""
# cell: trainer
# function: Loop.run_epoch
losses, sizes = [], []
for inputs, targets in pairs(x, y, batch_size, shuffle):
    losses.append(self.step(inputs, targets, len(losses) + 1))
    sizes.append(targets.shape[0])
return float(np.average(losses, weights=sizes))
