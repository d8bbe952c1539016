"""The last batch is always left away."""
# cell: index-batches
# says: drop_last=False
# replace:
    end = len(order) - len(order) % batch_size if drop_last else len(order)
# by:
    end = len(order) - len(order) % batch_size
