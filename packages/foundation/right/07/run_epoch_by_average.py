"""The weighted average of all losses at the end."""
# cell: trainer
# function: Trainer.run_epoch
losses, sizes = [], []
for number, rows in enumerate(batches(len(x), batch_size, shuffle), start=1):
    losses.append(self.step(rows_of(x, rows), rows_of(y, rows), number))
    sizes.append(len(rows))
return float(np.average(losses, weights=sizes))
