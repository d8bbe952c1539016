"""Leaves the last batch away even if it is full."""
# cell: index-batches
# says: index_batches\(3 1 4 0 2 5, 3, drop_last=True\)
# replace:
    end = len(order) - len(order) % batch_size if drop_last else len(order)
    return [order[start : start + batch_size] for start in range(0, end, batch_size)]
# by:
    found = [order[start : start + batch_size] for start in range(0, len(order), batch_size)]
    return found[:-1] if drop_last else found
