"""Averages over batches: the examples of a short last batch count too much."""
# cell: trainer
# says: a mean over all examples
# replace:
            total += len(rows) * self.step(rows_of(x, rows), rows_of(y, rows), batch)
        return total / len(x)
# by:
            total += self.step(rows_of(x, rows), rows_of(y, rows), batch)
        return total / batch
