"""Shuffles a range; a generator expression cuts it."""
# cell: batches
# function: batches
order = np.arange(n)
if shuffle:
    rng.shuffle(order)
yield from (order[i * size : (i + 1) * size] for i in range(math.ceil(n / size)))
